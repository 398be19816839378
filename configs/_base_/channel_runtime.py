# the runtime of channel keypoints
_base_ = ['./default_runtime.py']

default_hooks = dict(
    checkpoint=dict(interval=10, max_keep_ckpts=2, save_best='mAP', rule='greater'),
)
# of batch norms, so that every process is tested with the same
custom_hooks = [dict(type='SyncBuffersHook')]
# A resumed training takes up the batches of the stopped one only where the seed is known.
randomness = dict(seed=0)
