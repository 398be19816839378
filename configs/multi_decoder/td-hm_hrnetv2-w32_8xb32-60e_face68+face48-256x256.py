# HRNetV2-W32 with a decoder for each of two face schemas
_base_ = [
    '../_base_/pose_runtime.py',
    '../_base_/schedules/faces_60e.py',
    '../_base_/models/td-hm_hrnetv2-w32.py',
    '../_base_/datasets/pipeline_td-hm-256x256_faces.py',
    '../_base_/datasets/face68+face48.py',
]

model = dict(
    head=dict(
        type='MultiDecoderHead',
        datasets=dict(face68='face68', face48='face48'),
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
default_hooks = dict(checkpoint=dict(save_best='pooled/NME/eye_outer', rule='less'))
