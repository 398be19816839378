# MobileNetV2, its maps of strides 8 to 32 at the size of the finest; the head is what a config adds
model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=dict(
        type='PoseDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
    ),
    backbone=dict(
        type='TimmBackbone',
        model_name='mobilenetv2_100',
        out_indices=(2, 3, 4),
        pretrained=True,
    ),
    neck=dict(type='FeatureMapProcessor', concat=True),
    # 'crop': the points are measured from the corner of the picture, and a crop is the input
    test_cfg=dict(flip_test=True, shift_coords='crop'),
)
# of an RTMCCDepthHead over it
rtmcc_depth_head = dict(
    type='RTMCCDepthHead',
    in_channels=32 + 96 + 320,
    final_layer_kernel_size=7,
    gau_cfg=dict(
        hidden_dims=256,
        s=128,
        expansion_factor=2,
        dropout_rate=0.0,
        drop_path=0.0,
        act_fn='SiLU',
        use_rel_bias=False,
        pos_enc=False,
    ),
    loss=dict(type='KLDiscretLoss', use_target_weight=True),
    depth_loss=dict(type='SoftWeightSmoothL1Loss', beta=0.02, loss_weight=0.05),
)
