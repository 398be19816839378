"""Hooks, registered in MMPose's ``HOOKS``."""

from mmlandmark.engine.hooks.channel_map_hook import ChannelMapHook
from mmlandmark.engine.hooks.channels_last_hook import ChannelsLastHook
from mmlandmark.engine.hooks.compile_hook import CompileHook
from mmlandmark.engine.hooks.converter_hook import ConverterHook
from mmlandmark.engine.hooks.deferred_runtime_info_hook import DeferredRuntimeInfoHook
from mmlandmark.engine.hooks.keep_memory_hook import KeepMemoryHook
from mmlandmark.engine.hooks.pair_visualization_hook import PairVisualizationHook
from mmlandmark.engine.hooks.schema_check_hook import SchemaCheckHook

__all__ = [
    'ChannelMapHook',
    'ChannelsLastHook',
    'CompileHook',
    'ConverterHook',
    'DeferredRuntimeInfoHook',
    'KeepMemoryHook',
    'PairVisualizationHook',
    'SchemaCheckHook',
]
