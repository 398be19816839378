# as published for OUHANDS: a cosine from the first step, mixed precision (bfloat16 where
# tools/train.py finds no GPU)
train_cfg = dict(by_epoch=True, max_epochs=50, val_interval=1)
val_cfg = dict()
test_cfg = dict()

optim_wrapper = dict(
    type='AmpOptimWrapper',
    optimizer=dict(type='AdamW', lr=3e-3, weight_decay=1e-4),
)
param_scheduler = [
    dict(
        type='CosineAnnealingLR', begin=0, end=50, T_max=50, eta_min=0, convert_to_iter_based=True
    ),
]
auto_scale_lr = dict(base_batch_size=64)
