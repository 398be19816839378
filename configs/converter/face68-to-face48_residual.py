_base_ = [
    '../_base_/datasets/face68-to-face48.py',
    '../_base_/models/converter_residual.py',
    '../_base_/schedules/converter.py',
]
model = dict(
    source_schema='face68',
    target_schema='face48',
    # these faces are upright, and turning them further costs accuracy
    data_preprocessor=dict(
        augmentations=[
            dict(type='RandomKeypointFlip', prob=0.5),
            dict(type='RandomSimilarity', rotation=5.0, scale=0.05),
            dict(type='DropKeypoints', prob=0.5, max_share=0.5),
        ]
    ),
    head=dict(image_offset=True, loss=dict(scale=0.03)),
)
