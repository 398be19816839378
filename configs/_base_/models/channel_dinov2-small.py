# a frozen DINOv2 of timm with its own mean and std; only layers that enlarge its patches are learnt
_base_ = ['./channel_smp-unet.py']

model = dict(
    backbone=dict(
        _delete_=True,
        type='DINOv2',
        model_name='vit_small_patch14_dinov2',
        pretrained=True,
        width=64,
    ),
    head=dict(in_channels=64),
)
