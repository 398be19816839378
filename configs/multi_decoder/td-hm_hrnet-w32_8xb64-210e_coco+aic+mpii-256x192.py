# HRNet-W32 with a decoder for each data set
_base_ = [
    '../_base_/pose_runtime.py',
    '../_base_/schedules/td-hm_210e.py',
    '../_base_/models/td-hm_hrnet-w32.py',
    '../_base_/datasets/pipeline_td-hm-256x192.py',
    '../_base_/datasets/coco+mpii+aic.py',
]

model = dict(
    head=dict(
        type='MultiDecoderHead',
        datasets=dict(coco='coco17', aic='aic14', mpii='mpii16'),
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
