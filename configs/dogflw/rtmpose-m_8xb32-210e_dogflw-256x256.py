# RTMPose-m with SimCC vectors
_base_ = [
    '../_base_/pose_runtime.py',
    '../_base_/schedules/faces_210e.py',
    '../_base_/models/rtmpose-m.py',
    '../_base_/datasets/pipeline_simcc-256x256_faces.py',
    '../_base_/datasets/dogflw.py',
]

model = dict(
    head=dict(
        type='UnionRTMCCHead',
        union=dict(name='dogflw46', members=['dogflw46']),
        datasets=dict(dogflw='dogflw46'),
        input_size=_base_.codec['input_size'],
        in_featuremap_size=tuple(side // 32 for side in _base_.codec['input_size']),
        decoder=_base_.codec,
        **_base_.rtmcc_head,
    )
)

train_dataloader = dict(batch_size=32, dataset=dict(pipeline=_base_.train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
optim_wrapper = dict(
    optimizer=dict(lr=1e-3, weight_decay=0.05),
    paramwise_cfg=dict(norm_decay_mult=0, bias_decay_mult=0, bypass_duplicate=True),
)
auto_scale_lr = dict(base_batch_size=256)
default_hooks = dict(checkpoint=dict(save_best='dogflw/NME/eye_outer', rule='less'))
