_base_ = [
    '../_base_/datasets/face68-to-face48.py',
    '../_base_/models/converter_simple_linear.py',
    '../_base_/schedules/converter.py',
]
model = dict(source_schema='face68', target_schema='face48', head=dict(image_offset=True))
