_base_ = [
    '../_base_/datasets/face68-to-face48.py',
    '../_base_/models/converter_affine.py',
    '../_base_/schedules/closed_form.py',
]
model = dict(source_schema='face68', target_schema='face48', head=dict(image_offset=True))
