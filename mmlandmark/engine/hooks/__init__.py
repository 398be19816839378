"""Hooks, registered in MMPose's ``HOOKS``."""

from mmlandmark.engine.hooks.converter_hook import ConverterHook

__all__ = ['ConverterHook']
