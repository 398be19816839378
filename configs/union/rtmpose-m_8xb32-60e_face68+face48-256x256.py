# RTMPose-m with the points of both face schemas: the fast choice
_base_ = [
    '../_base_/pose_runtime.py',
    '../_base_/schedules/faces_60e.py',
    '../_base_/models/rtmpose-m.py',
    '../_base_/datasets/pipeline_simcc-256x256_faces.py',
    '../_base_/datasets/face68+face48.py',
]

model = dict(
    head=dict(
        type='UnionRTMCCHead',
        union='face68-face48',
        datasets=dict(face68='face68', face48='face48'),
        input_size=_base_.codec['input_size'],
        in_featuremap_size=tuple(side // 32 for side in _base_.codec['input_size']),
        decoder=_base_.codec,
        **_base_.rtmcc_head,
    )
)

names = list(_base_.train_dataloader.dataset.datasets)
train_dataloader = dict(
    dataset=dict(datasets={n: dict(pipeline=_base_.train_pipeline) for n in names})
)
val_dataloader = dict(dataset=dict(datasets={n: dict(pipeline=_base_.val_pipeline) for n in names}))
test_dataloader = val_dataloader
default_hooks = dict(checkpoint=dict(save_best='pooled/NME/eye_outer', rule='less'))
