"""Backbones, registered in MMPose's ``MODELS``."""

from mmlandmark.models.backbones.dilated_cnn import DilatedCNN
from mmlandmark.models.backbones.dinov2 import DINOv2
from mmlandmark.models.backbones.s3k import S3K
from mmlandmark.models.backbones.smp_backbone import SmpBackbone
from mmlandmark.models.backbones.timm_backbone import TimmBackbone
from mmlandmark.models.backbones.torchvision_backbone import TorchvisionBackbone
from mmlandmark.models.backbones.unet import UNet

__all__ = [
    'DINOv2',
    'DilatedCNN',
    'S3K',
    'SmpBackbone',
    'TimmBackbone',
    'TorchvisionBackbone',
    'UNet',
]
