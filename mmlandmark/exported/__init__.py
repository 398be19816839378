"""Exported models at work: numpy, and onnxruntime for ONNX files; neither torch nor MMPose."""

from mmlandmark.exported.load import load_exported

__all__ = ['load_exported']
