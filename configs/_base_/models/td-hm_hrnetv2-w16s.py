# a narrow and shallow HRNetV2 that trains from nothing on two cores
_base_ = ['./td-hm_hrnetv2-w32.py']

model = dict(
    backbone=dict(
        _delete_=True,
        type='HRNet',
        in_channels=3,
        extra={
            f'stage{stage}': dict(
                num_modules=1,
                num_branches=stage,
                block='BOTTLENECK' if stage == 1 else 'BASIC',
                num_blocks=(1,) if stage == 1 else (2,) * stage,
                num_channels=(32,) if stage == 1 else tuple(16 * 2**i for i in range(stage)),
                **(dict(multiscale_output=True) if stage == 4 else {}),
            )
            for stage in (1, 2, 3, 4)
        },
    ),
)
heatmap_head = dict(
    in_channels=240,
    deconv_out_channels=(48,),
    deconv_kernel_sizes=(4,),
    conv_out_channels=None,
    conv_kernel_sizes=None,
)
