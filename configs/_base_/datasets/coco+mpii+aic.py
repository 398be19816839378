# COCO, MPII and AI Challenger, which has the most people
_base_ = ['./coco+mpii.py', './body_aic.py']

train_dataloader = dict(
    sampler=dict(shares=dict(coco=3, mpii=1, aic=4)),
    dataset=dict(datasets=dict(aic=_base_.aic.train)),
)
val_dataloader = dict(dataset=dict(datasets=dict(aic=_base_.aic.val)))
val_evaluator = dict(metrics=dict(aic=_base_.aic.metrics))
test_dataloader = val_dataloader
test_evaluator = val_evaluator
