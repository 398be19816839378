# One schema only: a plain head of MMPose on the faces labelled with 68 points
_base_ = ['./hrnetv2-w16s_union.py']

model = dict(
    head=dict(
        _delete_=True,
        type='HeatmapHead',
        out_channels=68,
        decoder=_base_.codec,
        **_base_.heatmap_head,
    )
)
only = dict(_delete_=True, face68=_base_.train_dataloader.dataset.datasets.face68)
train_dataloader = dict(
    sampler=dict(shares=dict(_delete_=True, face68=1)), dataset=dict(datasets=only)
)
val_dataloader = dict(
    dataset=dict(datasets=dict(_delete_=True, face68=_base_.val_dataloader.dataset.datasets.face68))
)
test_dataloader = dict(
    dataset=dict(
        datasets=dict(_delete_=True, face68=_base_.test_dataloader.dataset.datasets.face68)
    )
)
val_evaluator = dict(metrics=dict(_delete_=True, face68=_base_.val_evaluator.metrics.face68))
test_evaluator = val_evaluator
