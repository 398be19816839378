# bodies, animals and whole bodies
_base_ = ['./coco+mpii+aic+ap10k.py', './wholebody_coco.py']

train_dataloader = dict(
    sampler=dict(shares=dict(coco=3, mpii=1, aic=4, ap10k=1, wholebody=3)),
    dataset=dict(datasets=dict(wholebody=_base_.wholebody.train)),
)
val_dataloader = dict(dataset=dict(datasets=dict(wholebody=_base_.wholebody.val)))
val_evaluator = dict(metrics=dict(wholebody=_base_.wholebody.metrics))
test_dataloader = val_dataloader
test_evaluator = val_evaluator
