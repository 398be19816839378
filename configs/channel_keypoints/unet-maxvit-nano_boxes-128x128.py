# U-Net on a MaxViT, whose windows are cut from inputs of 128 pixels and multiples of it
_base_ = [
    '../_base_/channel_runtime.py',
    '../_base_/schedules/channel_30e.py',
    '../_base_/datasets/channel_boxes.py',
    '../_base_/models/channel_smp-unet.py',
]
model = dict(
    backbone=dict(encoder_name='tu-maxvit_nano_rw_256', img_size=128),
    head=dict(channels=list(_base_.channels)),
)
