"""Transforms of samples, for the pipelines of data sets."""

from mmlandmark.datasets.transforms.jitter_color import JitterColor
from mmlandmark.datasets.transforms.replay import ExpandToUnion, WeighPseudoLabels
from mmlandmark.datasets.transforms.resize_picture import ResizePicture

__all__ = ['ExpandToUnion', 'JitterColor', 'ResizePicture', 'WeighPseudoLabels']
