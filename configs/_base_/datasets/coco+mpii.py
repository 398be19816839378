# COCO and MPII in fixed shares of a batch; a config adds the pipelines
_base_ = ['./body_coco.py', './body_mpii.py']

train_dataloader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='FixedShareSampler', batch_size=64, shares=dict(coco=3, mpii=1)),
    dataset=dict(
        type='MultiKeypointDataset',
        datasets=dict(coco=_base_.coco.train, mpii=_base_.mpii.train),
    ),
)
val_dataloader = dict(
    batch_size=32,
    num_workers=4,
    persistent_workers=True,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='MultiKeypointDataset',
        datasets=dict(coco=_base_.coco.val, mpii=_base_.mpii.val),
    ),
)
val_evaluator = dict(
    type='PerDatasetEvaluator',
    metrics=dict(coco=_base_.coco.metrics, mpii=_base_.mpii.metrics),
)
test_dataloader = val_dataloader
test_evaluator = val_evaluator
