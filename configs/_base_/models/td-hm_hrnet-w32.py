# HRNet-W32; the head is what a union or a multi-decoder config adds
model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=dict(
        type='PoseDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
    ),
    backbone=dict(
        type='HRNet',
        in_channels=3,
        extra={
            f'stage{stage}': dict(
                num_modules=modules,
                num_branches=branches,
                block='BOTTLENECK' if stage == 1 else 'BASIC',
                num_blocks=(4,) * branches,
                num_channels=(64,) if stage == 1 else tuple(32 * 2**i for i in range(branches)),
            )
            for stage, modules, branches in ((1, 1, 1), (2, 1, 2), (3, 4, 3), (4, 3, 4))
        },
        init_cfg=dict(
            type='Pretrained',
            checkpoint='https://download.openmmlab.com/mmpose/pretrain_models/'
            'hrnet_w32-36af842e.pth',
        ),
    ),
    test_cfg=dict(flip_test=True, flip_mode='heatmap', shift_heatmap=True),
)
# of a heatmap head over it
heatmap_head = dict(
    in_channels=32,
    deconv_out_channels=None,
    loss=dict(type='KeypointMSELoss', use_target_weight=True),
)
