model = dict(
    type='LandmarkConverter',
    data_preprocessor=dict(augmentations=[dict(type='RandomKeypointFlip', prob=0.5)]),
    head=dict(network=dict(type='mlp_attention', width=128, num_heads=4, hidden=256)),
)
