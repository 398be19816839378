# drawn boxes with flaps: a small U-Net that trains from nothing in minutes on two cores
_base_ = [
    '../_base_/channel_runtime.py',
    '../_base_/datasets/channel_boxes.py',
    '../_base_/models/channel_unet.py',
]

model = dict(
    # the finest level is the dearest: the decoder ends one before it
    backbone=dict(widths=(16, 24, 48, 64, 96, 128), num_convs=1, out_stride=2),
    head=dict(
        in_channels=24,
        channels=list(_base_.channels),
        resolution=0.5,
        peaks=dict(top_k=40),
    ),
)
# few epochs: milder changes than for long trainings, and the drawings differ in colour anyway
train_pipeline = [
    *_base_.whole,
    dict(type='RandomChannelAffine', rotate=20, scale=(0.85, 1.2), flip=0.5, prob=0.5),
    dict(type='PackChannelInputs'),
]
train_dataloader = dict(batch_size=8, num_workers=1, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(num_workers=1)
test_dataloader = dict(num_workers=1)

train_cfg = dict(by_epoch=True, max_epochs=14, val_interval=7)
val_cfg = dict()
test_cfg = dict()
optim_wrapper = dict(optimizer=dict(type='AdamW', lr=4e-3, weight_decay=0.01))
param_scheduler = [
    dict(type='LinearLR', begin=0, end=1, start_factor=0.05, convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        begin=1,
        end=14,
        T_max=13,
        eta_min=1e-5,
        convert_to_iter_based=True,
    ),
]
custom_hooks = [*_base_.custom_hooks, dict(type='ChannelMapHook', interval=7)]
