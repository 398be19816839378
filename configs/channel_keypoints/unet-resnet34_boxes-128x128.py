# U-Net on a ResNet; --cfg-options model.backbone.pretrained=False starts without weights
_base_ = [
    '../_base_/channel_runtime.py',
    '../_base_/schedules/channel_30e.py',
    '../_base_/datasets/channel_boxes.py',
    '../_base_/models/channel_smp-unet.py',
]
model = dict(backbone=dict(encoder_name='tu-resnet34'), head=dict(channels=list(_base_.channels)))
