# RTMPose-m with a channel for each point of union23: the fast choice
_base_ = [
    '../_base_/pose_runtime.py',
    '../_base_/schedules/rtmpose_420e.py',
    '../_base_/models/rtmpose-m.py',
    '../_base_/datasets/pipeline_simcc-256x192.py',
    '../_base_/datasets/coco+mpii+aic.py',
]

model = dict(
    head=dict(
        type='UnionRTMCCHead',
        union='union23',
        datasets=dict(coco='coco17', mpii='mpii16', aic='aic14'),
        input_size=_base_.codec['input_size'],
        in_featuremap_size=tuple(side // 32 for side in _base_.codec['input_size']),
        decoder=_base_.codec,
        **_base_.rtmcc_head,
    )
)

names = list(_base_.train_dataloader.dataset.datasets)
train_dataloader = dict(
    batch_size=256,
    sampler=dict(batch_size=256),
    dataset=dict(datasets={n: dict(pipeline=_base_.train_pipeline) for n in names}),
)
val_dataloader = dict(dataset=dict(datasets={n: dict(pipeline=_base_.val_pipeline) for n in names}))
test_dataloader = val_dataloader
custom_hooks = [
    *_base_.custom_hooks,
    dict(
        type='EMAHook', ema_type='ExpMomentumEMA', momentum=0.0002, update_buffers=True, priority=49
    ),
]
default_hooks = dict(checkpoint=dict(save_best='coco/AP', rule='greater'))
