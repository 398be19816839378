model = dict(
    type='LandmarkConverter',
    data_preprocessor=dict(augmentations=[dict(type='RandomKeypointFlip', prob=0.5)]),
    head=dict(network=dict(type='mlp', hidden=(256, 256), dropout=0.3)),
)
