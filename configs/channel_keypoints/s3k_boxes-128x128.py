# the network of S3K
_base_ = [
    '../_base_/channel_runtime.py',
    '../_base_/schedules/channel_30e.py',
    '../_base_/datasets/channel_boxes.py',
    '../_base_/models/channel_s3k.py',
]
model = dict(head=dict(channels=list(_base_.channels)))
