# the U-Net of segmentation-models-pytorch; a config names the encoder and its weights. The backbone
# normalises levels 0 to 255 by the mean and std of the encoder, so the data preprocessor must not;
# 114 is the grey of what is filled up where pictures of several sizes make a batch
model = dict(
    type='ChannelKeypointDetector',
    data_preprocessor=dict(type='PoseDataPreprocessor', bgr_to_rgb=True, pad_value=114),
    backbone=dict(
        type='SmpBackbone',
        architecture='Unet',
        encoder_name='resnet34',
        pretrained=True,
        decoder_channels=(256, 128, 64, 32, 32),
    ),
    head=dict(type='ChannelHeatmapHead', in_channels=32, sigma=2.0),
)
