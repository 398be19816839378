# As published for OUHANDS: the whole picture, MobileNetV2, three coordinates a point by regression,
# changes of colour and none of geometry
_base_ = [
    '../_base_/pose_runtime.py',
    '../_base_/schedules/hands_50e.py',
    '../_base_/datasets/ouhands.py',
]

# depth_scale: the 99th percentile of |z| over the training set, which ouhands2coco.py prints;
# published figures are of models for depth='sample', which cannot be turned back into a z
codec = dict(
    type='LandmarkStandardization', input_size=(224, 224), depth='dataset', depth_scale=0.15
)
model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=dict(
        type='PoseDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
    ),
    backbone=dict(type='TorchvisionBackbone', model_name='mobilenet_v2', pretrained=True),
    head=dict(
        type='CoordinateRegressionHead',
        in_channels=1280,
        hidden_channels=512,
        schema='hand21',
        loss=dict(type='SoftWeightSmoothL1Loss', beta=0.02),
        decoder=codec,
    ),
    test_cfg=dict(flip_test=False, shift_coords=False),
)
train_pipeline = [
    dict(type='LoadImage'),
    dict(type='ResizePicture', input_size=codec['input_size']),
    dict(type='JitterColor', brightness=0.2, contrast=0.2, saturation=0.2, hue=0.05, grey=0.1),
    dict(type='GenerateTarget', encoder=codec),
    dict(type='PackPoseInputs', meta_keys=_base_.meta_keys),
]
val_pipeline = [
    dict(type='LoadImage'),
    dict(type='ResizePicture', input_size=codec['input_size']),
    dict(type='PackPoseInputs', meta_keys=_base_.meta_keys),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=val_pipeline))
val_evaluator = dict(
    metrics=dict(
        ouhands=_base_.val_evaluator['metrics']['ouhands']
        + [
            dict(type='LandmarkMPJPE', norm='image_width', depth=True, root='wrist'),
            dict(type='LandmarkCoordMAE'),
        ]
    )
)
test_evaluator = val_evaluator
default_hooks = dict(checkpoint=dict(interval=1, save_best='ouhands/MPJPE/pixel', rule='less'))
