# One head for both face schemas, trained on faces that carry one labelling each
_base_ = [
    '../_base_/pose_runtime.py',
    '../_base_/schedules/faces_700.py',
    '../_base_/models/td-hm_hrnetv2-w16s.py',
    '../_base_/datasets/pipeline_td-hm-64x64_faces.py',
    '../_base_/datasets/face68+face48.py',
]

model = dict(
    head=dict(
        type='UnionHeatmapHead',
        union='face68-face48',
        datasets=dict(face68='face68', face48='face48'),
        decoder=_base_.codec,
        **_base_.heatmap_head,
    )
)

names = list(_base_.train_dataloader.dataset.datasets)
train_dataloader = dict(
    dataset=dict(datasets={n: dict(pipeline=_base_.train_pipeline) for n in names})
)
# validation on the same people in both schemas, as the test
val_dataloader = dict(
    dataset=dict(
        datasets=dict(
            face68=dict(ann_file='dev_source.json', pipeline=_base_.val_pipeline),
            face48=dict(ann_file='dev_target.json', pipeline=_base_.val_pipeline),
        )
    )
)
test_dataloader = dict(
    dataset=dict(datasets={n: dict(pipeline=_base_.val_pipeline) for n in names})
)
