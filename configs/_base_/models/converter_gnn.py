model = dict(
    type='LandmarkConverter',
    data_preprocessor=dict(augmentations=[dict(type='RandomKeypointFlip', prob=0.5)]),
    head=dict(network=dict(type='gnn', width=32, num_layers=3)),
)
