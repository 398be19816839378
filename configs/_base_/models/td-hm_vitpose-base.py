# ViT-B in place of ViT-S
_base_ = ['./td-hm_vitpose-small.py']

model = dict(
    backbone=dict(
        arch=dict(embed_dims=768, feedforward_channels=4 * 768),
        drop_path_rate=0.3,
        init_cfg=dict(
            checkpoint='https://download.openmmlab.com/mmpose/v1/pretrained_models/'
            'mae_pretrain_vit_base_20230913.pth',
        ),
    )
)
heatmap_head = dict(in_channels=768)
