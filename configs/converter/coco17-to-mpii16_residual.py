_base_ = [
    '../_base_/datasets/coco17-to-mpii16.py',
    '../_base_/models/converter_residual.py',
    '../_base_/schedules/converter.py',
]
model = dict(
    source_schema='coco17',
    target_schema='mpii16',
    # a larger scale gives gross errors, which PCKh@0.5 counts, more of a say
    head=dict(image_offset=True, loss=dict(scale=0.15)),
)
optim_wrapper = dict(optimizer=dict(lr=4e-3))
