# frozen features of DINOv2, enlarged; an input of 126 x 126 would need no padding
_base_ = [
    '../_base_/channel_runtime.py',
    '../_base_/schedules/channel_30e.py',
    '../_base_/datasets/channel_boxes.py',
    '../_base_/models/channel_dinov2-small.py',
]
model = dict(head=dict(channels=list(_base_.channels)))
