# as many steps for every model, whatever its data sets
train_cfg = dict(by_epoch=False, max_iters=700, val_interval=350)
val_cfg = dict()
test_cfg = dict()

optim_wrapper = dict(optimizer=dict(type='AdamW', lr=2e-3, weight_decay=0.01))
param_scheduler = [
    dict(type='LinearLR', begin=0, end=100, start_factor=0.01, by_epoch=False),
    dict(type='CosineAnnealingLR', begin=100, end=700, T_max=600, eta_min=2e-5, by_epoch=False),
]
