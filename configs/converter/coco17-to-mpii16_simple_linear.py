_base_ = [
    '../_base_/datasets/coco17-to-mpii16.py',
    '../_base_/models/converter_simple_linear.py',
    '../_base_/schedules/converter.py',
]
model = dict(source_schema='coco17', target_schema='mpii16', head=dict(image_offset=True))
