# a long schedule for some thousand pictures: warm-up, cosine, mixed precision (bfloat16 where
# tools/train.py finds no GPU)
train_cfg = dict(by_epoch=True, max_epochs=210, val_interval=10)
val_cfg = dict()
test_cfg = dict()

optim_wrapper = dict(
    type='AmpOptimWrapper',
    optimizer=dict(type='AdamW', lr=5e-4, weight_decay=0.01),
)
param_scheduler = [
    dict(type='LinearLR', begin=0, end=5, start_factor=0.01, convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR', begin=5, end=210, T_max=205, eta_min=0, convert_to_iter_based=True
    ),
]
auto_scale_lr = dict(base_batch_size=128)
