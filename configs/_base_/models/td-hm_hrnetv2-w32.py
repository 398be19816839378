# HRNet-W32 whose four branches all go to the head, as MMPose has it for faces: maps of 93 points
# from 32 features would be combinations of 32
_base_ = ['./td-hm_hrnet-w32.py']

model = dict(
    backbone=dict(extra=dict(stage4=dict(multiscale_output=True))),
    neck=dict(type='FeatureMapProcessor', concat=True),
)
heatmap_head = dict(in_channels=480, conv_out_channels=(480,), conv_kernel_sizes=(1,))
