"""Samplers, registered in MMPose."""

from mmlandmark.datasets.samplers.fixed_share_sampler import FixedShareSampler

__all__ = ['FixedShareSampler']
