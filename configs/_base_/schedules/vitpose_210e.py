# AdamW with a learning rate that decays towards the first layers of a transformer
_base_ = ['./td-hm_210e.py']

optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=5e-4, betas=(0.9, 0.999), weight_decay=0.1),
    paramwise_cfg=dict(
        num_layers=12,
        layer_decay_rate=0.8,
        custom_keys=dict(
            bias=dict(decay_mult=0.0), pos_embed=dict(decay_mult=0.0), norm=dict(decay_mult=0.0)
        ),
    ),
    constructor='LayerDecayOptimWrapperConstructor',
    clip_grad=dict(max_norm=1.0, norm_type=2),
)
