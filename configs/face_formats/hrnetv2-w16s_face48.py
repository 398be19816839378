# One schema only: a plain head of MMPose on the faces labelled with 48 points
_base_ = ['./hrnetv2-w16s_union.py']

model = dict(
    head=dict(
        _delete_=True,
        type='HeatmapHead',
        out_channels=48,
        decoder=_base_.codec,
        **_base_.heatmap_head,
    )
)
only = dict(_delete_=True, face48=_base_.train_dataloader.dataset.datasets.face48)
train_dataloader = dict(
    sampler=dict(shares=dict(_delete_=True, face48=1)), dataset=dict(datasets=only)
)
val_dataloader = dict(
    dataset=dict(datasets=dict(_delete_=True, face48=_base_.val_dataloader.dataset.datasets.face48))
)
test_dataloader = dict(
    dataset=dict(
        datasets=dict(_delete_=True, face48=_base_.test_dataloader.dataset.datasets.face48)
    )
)
val_evaluator = dict(metrics=dict(_delete_=True, face48=_base_.val_evaluator.metrics.face48))
test_evaluator = val_evaluator
