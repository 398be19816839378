# ViTPose-B with a channel for each point of union23
_base_ = [
    '../_base_/pose_runtime.py',
    '../_base_/schedules/vitpose-base_210e.py',
    '../_base_/models/td-hm_vitpose-base.py',
    '../_base_/datasets/pipeline_td-hm-256x192_udp.py',
    '../_base_/datasets/coco+mpii+aic.py',
]

model = dict(
    head=dict(
        type='UnionHeatmapHead',
        union='union23',
        datasets=dict(coco='coco17', mpii='mpii16', aic='aic14'),
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
default_hooks = dict(checkpoint=dict(save_best='coco/AP', rule='greater'))
