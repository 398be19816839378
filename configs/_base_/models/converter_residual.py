model = dict(
    type='LandmarkConverter',
    data_preprocessor=dict(
        augmentations=[
            dict(type='RandomKeypointFlip', prob=0.5),
            dict(type='RandomSimilarity', rotation=20.0, scale=0.1),
            dict(type='DropKeypoints', prob=0.5, max_share=0.5),
        ]
    ),
    head=dict(
        network=dict(type='residual', hidden=(192, 192, 192), dropout=0.1),
        loss=dict(type='CauchyPointLoss', scale=0.1),
    ),
)
