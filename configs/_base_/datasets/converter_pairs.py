# What every converter task shares; a task adds the pairs, the metrics and what to save by.
_base_ = '../default_runtime.py'

train_dataloader = dict(
    batch_size=256,
    num_workers=0,
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    collate_fn=dict(type='packed_collate'),
)
val_dataloader = dict(
    batch_size=4096,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    collate_fn=dict(type='packed_collate'),
)
test_dataloader = val_dataloader

# tools/test.py --show-dir DIR switches it on; pictures are looked for beside the pair file
default_hooks = dict(visualization=dict(type='PairVisualizationHook', enable=False))
