# the bodies of coco+mpii+aic, and animals
_base_ = ['./coco+mpii+aic.py', './animal_ap10k.py']

train_dataloader = dict(
    sampler=dict(shares=dict(coco=3, mpii=1, aic=4, ap10k=1)),
    dataset=dict(datasets=dict(ap10k=_base_.ap10k.train)),
)
val_dataloader = dict(dataset=dict(datasets=dict(ap10k=_base_.ap10k.val)))
val_evaluator = dict(metrics=dict(ap10k=_base_.ap10k.metrics))
test_dataloader = val_dataloader
test_evaluator = val_evaluator
