# MobileNetV2 with narrow upsampling layers; the head is what a config adds
_base_ = ['./td-hm_hrnet-w32.py']

model = dict(
    backbone=dict(
        _delete_=True,
        type='MobileNetV2',
        init_cfg=dict(
            type='Pretrained',
            prefix='backbone.',
            checkpoint='https://download.openmmlab.com/mmclassification/v0/mobilenet_v2/'
            'mobilenet_v2_batch256_imagenet_20200708-3b2dc3af.pth',
        ),
    ),
)
heatmap_head = dict(in_channels=1280, deconv_out_channels=(128, 128, 128))
