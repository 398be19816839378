model = dict(
    type='LandmarkConverter',
    data_preprocessor=dict(augmentations=[dict(type='RandomKeypointFlip', prob=0.5)]),
    head=dict(network=dict(type='simple_linear')),
)
