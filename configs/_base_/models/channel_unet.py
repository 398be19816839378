# a plain U-Net, maps as large as the input; a config adds the channels of the head
model = dict(
    type='ChannelKeypointDetector',
    data_preprocessor=dict(
        type='PoseDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
    ),
    backbone=dict(type='UNet', widths=(32, 64, 128, 256)),
    head=dict(type='ChannelHeatmapHead', in_channels=32, sigma=2.0),
)
