# ViT-B: a faster decay towards the first layers
_base_ = ['./vitpose_210e.py']

optim_wrapper = dict(paramwise_cfg=dict(layer_decay_rate=0.75))
