# HRNet-W32 of MMPose, maps of a quarter of the input's size as its finest branch. A network that
# does not pad its input itself needs a data preprocessor that does
_base_ = ['./td-hm_hrnet-w32.py']

model = dict(
    type='ChannelKeypointDetector',
    data_preprocessor=dict(pad_size_divisor=32),
    head=dict(type='ChannelHeatmapHead', in_channels=32, in_stride=4, sigma=2.0, resolution=0.25),
    test_cfg=dict(_delete_=True, flip_test=False),
)
