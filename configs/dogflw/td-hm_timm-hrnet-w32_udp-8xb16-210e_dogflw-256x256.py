# HRNet-W32 of timm, with the weights that timm has for ImageNet. Its stage 0 is the stem; the four
# branches are 1 to 4, and feature_location='' gives them as they are
_base_ = ['./td-hm_hrnet-w32_udp-8xb16-210e_dogflw-256x256.py']

model = dict(
    backbone=dict(
        _delete_=True,
        type='TimmBackbone',
        model_name='hrnet_w32',
        out_indices=(1, 2, 3, 4),
        feature_location='',
        pretrained=True,
    )
)
