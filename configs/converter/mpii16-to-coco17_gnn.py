_base_ = [
    '../_base_/datasets/mpii16-to-coco17.py',
    '../_base_/models/converter_gnn.py',
    '../_base_/schedules/converter.py',
]
model = dict(source_schema='mpii16', target_schema='coco17', head=dict(image_offset=True))
