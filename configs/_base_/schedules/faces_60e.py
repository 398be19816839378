# a short schedule for some thousand pictures of faces
train_cfg = dict(by_epoch=True, max_epochs=60, val_interval=5)
val_cfg = dict()
test_cfg = dict()

optim_wrapper = dict(optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.01))
param_scheduler = [
    dict(type='LinearLR', begin=0, end=5, start_factor=0.01, convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR', begin=5, end=60, T_max=55, eta_min=0, convert_to_iter_based=True
    ),
]
auto_scale_lr = dict(base_batch_size=256)
