# steps of a network; the closed-form part needs none
max_epochs = 150
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=10)
val_cfg = dict()
test_cfg = dict()

optim_wrapper = dict(optimizer=dict(type='AdamW', lr=3e-3, weight_decay=0.01))
param_scheduler = [
    dict(type='LinearLR', begin=0, end=10, start_factor=0.05, convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        begin=10,
        end=max_epochs,
        T_max=max_epochs - 10,
        eta_min=0,
        convert_to_iter_based=True,
    ),
]
randomness = dict(seed=0)
