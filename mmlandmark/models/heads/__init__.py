"""Heads, registered in MMPose's ``MODELS``."""

from mmlandmark.models.heads.converted_head import ConvertedHead
from mmlandmark.models.heads.keypoint_converter_head import KeypointConverterHead
from mmlandmark.models.heads.multi_decoder_head import MultiDecoderHead

__all__ = ['ConvertedHead', 'KeypointConverterHead', 'MultiDecoderHead']
