# dilated convolutions at full size
_base_ = [
    '../_base_/channel_runtime.py',
    '../_base_/schedules/channel_30e.py',
    '../_base_/datasets/channel_boxes.py',
    '../_base_/models/channel_dilated-cnn.py',
]
model = dict(head=dict(channels=list(_base_.channels)))
