# a short schedule for some thousand pictures with channel keypoints
train_cfg = dict(by_epoch=True, max_epochs=30, val_interval=1)
val_cfg = dict()
test_cfg = dict()

optim_wrapper = dict(optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.01))
param_scheduler = [
    dict(type='LinearLR', begin=0, end=1, start_factor=0.01, convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR', begin=1, end=30, T_max=29, eta_min=0, convert_to_iter_based=True
    ),
]
auto_scale_lr = dict(base_batch_size=16)
