# a backbone of MMPose; --cfg-options model.backbone.init_cfg=None leaves its weights out
_base_ = [
    '../_base_/channel_runtime.py',
    '../_base_/schedules/channel_30e.py',
    '../_base_/datasets/channel_boxes.py',
    '../_base_/models/channel_hrnet-w32.py',
]
model = dict(head=dict(channels=list(_base_.channels)))
