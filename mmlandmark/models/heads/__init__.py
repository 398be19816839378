"""Heads, registered in MMPose's ``MODELS``."""

from mmlandmark.models.heads.channel_heatmap_head import ChannelHeatmapHead
from mmlandmark.models.heads.converted_head import ConvertedHead
from mmlandmark.models.heads.coordinate_regression_head import CoordinateRegressionHead
from mmlandmark.models.heads.device_heads import (
    DeviceHeatmapHead,
    DeviceRTMCCHead,
    DeviceSimCCHead,
)
from mmlandmark.models.heads.keypoint_converter_head import KeypointConverterHead
from mmlandmark.models.heads.multi_decoder_head import MultiDecoderHead
from mmlandmark.models.heads.rtmcc_depth_head import RTMCCDepthHead
from mmlandmark.models.heads.union_heatmap_head import UnionHeatmapHead
from mmlandmark.models.heads.union_simcc_heads import UnionRTMCCHead, UnionSimCCHead

__all__ = [
    'ChannelHeatmapHead',
    'ConvertedHead',
    'CoordinateRegressionHead',
    'DeviceHeatmapHead',
    'DeviceRTMCCHead',
    'DeviceSimCCHead',
    'KeypointConverterHead',
    'MultiDecoderHead',
    'RTMCCDepthHead',
    'UnionHeatmapHead',
    'UnionRTMCCHead',
    'UnionSimCCHead',
]
