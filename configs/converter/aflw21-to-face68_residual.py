_base_ = [
    '../_base_/datasets/aflw21-to-face68.py',
    '../_base_/models/converter_residual.py',
    '../_base_/schedules/converter.py',
]
model = dict(
    source_schema='aflw21',
    target_schema='face68',
    head=dict(image_offset=True, loss=dict(scale=0.05)),
)
