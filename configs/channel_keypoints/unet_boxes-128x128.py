# Drawn boxes with flaps (tools/draw_boxes.py): a small U-Net trains from nothing in minutes on two cores
_base_ = ['../_base_/default_runtime.py', '../_base_/datasets/channel_boxes.py']

widths = (16, 32, 64, 96, 128)
model = dict(
    type='ChannelKeypointDetector',
    data_preprocessor=dict(
        type='PoseDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
    ),
    # the first level is the dearest: the decoder ends at half the resolution
    backbone=dict(type='UNet', widths=widths, num_convs=1, out_stride=2),
    head=dict(
        type='ChannelHeatmapHead',
        in_channels=widths[1],
        channels=list(_base_.channels),
        sigma=2.0,
        resolution=0.5,
        peaks=dict(threshold=0.1, top_k=40),
    ),
    test_cfg=dict(flip_test=False),
)
train_dataloader = dict(batch_size=8, num_workers=1)
val_dataloader = dict(num_workers=1)
test_dataloader = dict(num_workers=1)

train_cfg = dict(by_epoch=True, max_epochs=15, val_interval=5)
val_cfg = dict()
test_cfg = dict()
optim_wrapper = dict(optimizer=dict(type='AdamW', lr=2e-3, weight_decay=0.01))
param_scheduler = [
    dict(type='LinearLR', begin=0, end=1, start_factor=0.05, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', begin=1, end=15, eta_min=1e-5, convert_to_iter_based=True),
]
default_hooks = dict(checkpoint=dict(interval=5, max_keep_ckpts=1, save_best='mAP', rule='greater'))
randomness = dict(seed=0)
