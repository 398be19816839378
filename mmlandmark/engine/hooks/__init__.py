"""Hooks, registered in MMPose's ``HOOKS``."""

from mmlandmark.engine.hooks.channel_map_hook import ChannelMapHook
from mmlandmark.engine.hooks.converter_hook import ConverterHook
from mmlandmark.engine.hooks.pair_visualization_hook import PairVisualizationHook
from mmlandmark.engine.hooks.schema_check_hook import SchemaCheckHook

__all__ = ['ChannelMapHook', 'ConverterHook', 'PairVisualizationHook', 'SchemaCheckHook']
