# MobileNetV2: the fast choice with heatmaps
_base_ = [
    '../_base_/pose_runtime.py',
    '../_base_/schedules/faces_210e.py',
    '../_base_/models/td-hm_mobilenetv2.py',
    '../_base_/datasets/pipeline_td-hm-256x256_udp_animal-faces.py',
    '../_base_/datasets/catflw.py',
]

model = dict(
    head=dict(
        dict(_base_.heatmap_head, loss=dict(type='BalancedHeatmapLoss')),
        type='UnionHeatmapHead',
        union=dict(name='catflw48', members=['catflw48']),
        datasets=dict(catflw='catflw48'),
        decoder=_base_.codec,
    ),
    test_cfg=dict(shift_heatmap=False),
)

train_dataloader = dict(batch_size=32, dataset=dict(pipeline=_base_.train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
optim_wrapper = dict(optimizer=dict(lr=1e-3))
auto_scale_lr = dict(base_batch_size=256)
default_hooks = dict(checkpoint=dict(save_best='catflw/NME/eye_outer', rule='less'))
