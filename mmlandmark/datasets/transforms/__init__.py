"""Transforms of samples, for the pipelines of data sets."""

from mmlandmark.datasets.transforms.channel_image import LoadChannelImage
from mmlandmark.datasets.transforms.channel_pack import PackChannelInputs
from mmlandmark.datasets.transforms.channel_random import RandomChannelAffine, RandomChannelCrop
from mmlandmark.datasets.transforms.channel_resize import PadChannels, ResizeChannels
from mmlandmark.datasets.transforms.crop_with_margin import CropWithMargin
from mmlandmark.datasets.transforms.hand_flip import RandomHandFlip
from mmlandmark.datasets.transforms.jitter_color import JitterColor
from mmlandmark.datasets.transforms.load_for_crop import LoadImageForCrop
from mmlandmark.datasets.transforms.replay import ExpandToUnion, WeighPseudoLabels
from mmlandmark.datasets.transforms.resize_picture import ResizePicture

__all__ = [
    'CropWithMargin',
    'ExpandToUnion',
    'JitterColor',
    'LoadChannelImage',
    'LoadImageForCrop',
    'PackChannelInputs',
    'PadChannels',
    'RandomChannelAffine',
    'RandomChannelCrop',
    'RandomHandFlip',
    'ResizeChannels',
    'ResizePicture',
    'WeighPseudoLabels',
]
