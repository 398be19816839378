"""Backbones, registered in MMPose's ``MODELS``."""

from mmlandmark.models.backbones.timm_backbone import TimmBackbone
from mmlandmark.models.backbones.torchvision_backbone import TorchvisionBackbone

__all__ = ['TimmBackbone', 'TorchvisionBackbone']
