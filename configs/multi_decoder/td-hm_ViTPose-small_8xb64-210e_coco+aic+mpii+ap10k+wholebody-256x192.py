# ViTPose-S with a decoder for each of bodies, animals and whole bodies
_base_ = [
    '../_base_/pose_runtime.py',
    '../_base_/schedules/vitpose_210e.py',
    '../_base_/models/td-hm_vitpose-small.py',
    '../_base_/datasets/pipeline_td-hm-256x192_udp.py',
    '../_base_/datasets/coco+mpii+aic+ap10k+wholebody.py',
]

model = dict(
    head=dict(
        type='MultiDecoderHead',
        datasets=dict(
            coco='coco17',
            aic='aic14',
            mpii='mpii16',
            ap10k=dict(from_file='configs/_base_/datasets/ap10k.py'),
            wholebody=dict(from_file='configs/_base_/datasets/coco_wholebody.py'),
        ),
        decoder_head=dict(
            type='HeatmapHead',
            decoder=_base_.codec,
            **_base_.heatmap_head,
        ),
    )
)

names = list(_base_.train_dataloader.dataset.datasets)
train_dataloader = dict(
    dataset=dict(datasets={n: dict(pipeline=_base_.train_pipeline) for n in names})
)
val_dataloader = dict(dataset=dict(datasets={n: dict(pipeline=_base_.val_pipeline) for n in names}))
test_dataloader = val_dataloader
default_hooks = dict(checkpoint=dict(save_best='coco/AP', rule='greater'))
