"""Heads, registered in MMPose's ``MODELS``."""

from mmlandmark.models.heads.keypoint_converter_head import KeypointConverterHead

__all__ = ['KeypointConverterHead']
