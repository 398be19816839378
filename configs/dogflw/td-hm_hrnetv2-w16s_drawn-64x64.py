# Small pictures of drawn dogs (tools/draw_dogs.py): trains from nothing in minutes on one core
_base_ = [
    '../_base_/pose_runtime.py',
    '../_base_/models/td-hm_hrnetv2-w16s.py',
    '../_base_/datasets/dogflw.py',
]

codec = dict(type='UDPHeatmap', input_size=(64, 64), heatmap_size=(32, 32), sigma=1.5)
model = dict(
    head=dict(type='HeatmapHead', out_channels=46, decoder=codec, **_base_.heatmap_head),
    test_cfg=dict(flip_test=True, flip_mode='heatmap', shift_heatmap=False),
)

train_pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.15),
    dict(type='RandomFlip', direction='horizontal'),
    dict(
        type='RandomBBoxTransform', shift_factor=0.04, rotate_factor=30, scale_factor=(0.85, 1.15)
    ),
    dict(type='TopdownAffine', input_size=codec['input_size'], use_udp=True),
    dict(type='GenerateTarget', encoder=codec),
    dict(type='PackPoseInputs'),
]
val_pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.15),
    dict(type='TopdownAffine', input_size=codec['input_size'], use_udp=True),
    dict(type='PackPoseInputs'),
]
data_root = 'data/drawn_dogs/'
workers = dict(num_workers=0, persistent_workers=False)
train_dataloader = dict(
    batch_size=32, **workers, dataset=dict(data_root=data_root, pipeline=train_pipeline)
)
val_dataloader = dict(**workers, dataset=dict(data_root=data_root, pipeline=val_pipeline))
test_dataloader = dict(**workers, dataset=dict(data_root=data_root, pipeline=val_pipeline))

train_cfg = dict(by_epoch=False, max_iters=400, val_interval=200)
val_cfg = dict()
test_cfg = dict()
optim_wrapper = dict(optimizer=dict(type='AdamW', lr=2e-3, weight_decay=0.01))
param_scheduler = [
    dict(type='LinearLR', begin=0, end=50, start_factor=0.01, by_epoch=False),
    dict(type='CosineAnnealingLR', begin=50, end=400, T_max=350, eta_min=2e-5, by_epoch=False),
]
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=200))
log_processor = dict(by_epoch=False)
