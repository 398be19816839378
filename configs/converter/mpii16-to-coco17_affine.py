_base_ = [
    '../_base_/datasets/mpii16-to-coco17.py',
    '../_base_/models/converter_affine.py',
    '../_base_/schedules/closed_form.py',
]
model = dict(source_schema='mpii16', target_schema='coco17', head=dict(image_offset=True))
