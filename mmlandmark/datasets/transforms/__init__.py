"""Transforms of samples, for the pipelines of data sets."""

from mmlandmark.datasets.transforms.replay import ExpandToUnion, WeighPseudoLabels

__all__ = ['ExpandToUnion', 'WeighPseudoLabels']
