# Crops of the box, of hands that are turned, scaled, moved and mirrored; SimCC vectors for x and
# y, and z in the unit of the crop
_base_ = [
    '../_base_/pose_runtime.py',
    '../_base_/schedules/hands_50e.py',
    '../_base_/models/simcc-depth_mobilenetv2.py',
    '../_base_/datasets/ouhands.py',
]

codec = dict(
    type='SimCCDepthLabel',
    input_size=(224, 224),
    sigma=5.3,
    simcc_split_ratio=2.0,
    normalize=True,
    depth='input',
    decode_by='mean',
)
head = dict(_base_.rtmcc_depth_head, schema='hand21', in_featuremap_size=(28, 28), decoder=codec)
model = dict(head=head)
train_pipeline = [
    dict(type='LoadImage'),
    dict(type='RandomHandFlip'),
    dict(type='GetBBoxCenterScale'),
    dict(type='RandomBBoxTransform', shift_factor=0.1, scale_factor=(0.8, 1.2), rotate_factor=30),
    dict(type='TopdownAffine', input_size=codec['input_size']),
    dict(type='JitterColor', brightness=0.2, contrast=0.2, saturation=0.2, hue=0.05, grey=0.1),
    dict(type='GenerateTarget', encoder=codec),
    dict(type='PackPoseInputs', meta_keys=_base_.meta_keys),
]
val_pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale'),
    dict(type='TopdownAffine', input_size=codec['input_size']),
    dict(type='PackPoseInputs', meta_keys=_base_.meta_keys),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=val_pipeline))
space = [
    dict(type='LandmarkMPJPE', norm='image_width', depth=True, root='wrist'),
    dict(type='LandmarkCoordMAE'),
]
val_evaluator = dict(metrics=dict(ouhands=_base_.val_evaluator['metrics']['ouhands'] + space))
test_evaluator = val_evaluator
# two epochs of warm-up: the vectors' layers start from small numbers
param_scheduler = [
    dict(type='LinearLR', start_factor=0.05, begin=0, end=2, convert_to_iter_based=True),
    *_base_.param_scheduler,
]
default_hooks = dict(checkpoint=dict(interval=1, save_best='ouhands/MPJPE/pixel', rule='less'))
