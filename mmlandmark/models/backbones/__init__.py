"""Backbones, registered in MMPose's ``MODELS``."""

from mmlandmark.models.backbones.timm_backbone import TimmBackbone
from mmlandmark.models.backbones.torchvision_backbone import TorchvisionBackbone
from mmlandmark.models.backbones.unet import UNet

__all__ = ['TimmBackbone', 'TorchvisionBackbone', 'UNet']
