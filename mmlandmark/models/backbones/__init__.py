"""Backbones, registered in MMPose's ``MODELS``."""

from mmlandmark.models.backbones.timm_backbone import TimmBackbone

__all__ = ['TimmBackbone']
