# HRNet-W32 with heatmaps. All four branches go to the head: maps of 48 points from the 32 features
# of the finest would be combinations of 32
_base_ = [
    '../_base_/pose_runtime.py',
    '../_base_/schedules/faces_210e.py',
    '../_base_/models/td-hm_hrnetv2-w32.py',
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

train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
default_hooks = dict(checkpoint=dict(save_best='catflw/NME/eye_outer', rule='less'))
