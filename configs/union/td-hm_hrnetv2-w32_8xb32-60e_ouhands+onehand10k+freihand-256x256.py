# HRNetV2-W32 on hands of three data sets: each point is one channel, whatever a data set calls it
_base_ = [
    '../_base_/pose_runtime.py',
    '../_base_/schedules/faces_60e.py',
    '../_base_/models/td-hm_hrnetv2-w32.py',
    '../_base_/datasets/pipeline_td-hm-256x256_faces.py',
    '../_base_/datasets/ouhands+onehand10k+freihand.py',
]

model = dict(
    head=dict(
        type='UnionHeatmapHead',
        union='hand21-mmposehand21',
        datasets=dict(ouhands='hand21', onehand10k='mmposehand21', freihand='mmposehand21'),
        decoder=_base_.codec,
        **_base_.heatmap_head,
    )
)

names = list(_base_.train_dataloader.dataset.datasets)
train_dataloader = dict(
    dataset=dict(datasets={n: dict(pipeline=_base_.train_pipeline) for n in names})
)
val_dataloader = dict(dataset=dict(datasets={n: dict(pipeline=_base_.val_pipeline) for n in names}))
test_dataloader = val_dataloader
default_hooks = dict(checkpoint=dict(save_best='pooled/PCK/bbox@0.2', rule='greater'))
