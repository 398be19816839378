_base_ = [
    '../_base_/datasets/mpii16-to-coco17.py',
    '../_base_/models/converter_residual.py',
    '../_base_/schedules/converter.py',
]
model = dict(
    source_schema='mpii16',
    target_schema='coco17',
    # joints are missing by themselves here, so none are dropped
    data_preprocessor=dict(
        augmentations=[
            dict(type='RandomKeypointFlip', prob=0.5),
            dict(type='RandomSimilarity', rotation=20.0, scale=0.1),
        ]
    ),
    head=dict(image_offset=True, loss=dict(scale=0.03)),
)
optim_wrapper = dict(optimizer=dict(lr=4e-3))
