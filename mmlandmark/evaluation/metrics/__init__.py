"""Metrics for MMPose's ``METRICS`` registry."""

from mmlandmark.evaluation.metrics.accuracy import LandmarkAUC, LandmarkPCK, MpiiPCKh
from mmlandmark.evaluation.metrics.base import LandmarkMetric
from mmlandmark.evaluation.metrics.mean_errors import LandmarkMPJPE, LandmarkNME
from mmlandmark.evaluation.metrics.packing import (
    KeypointArrays,
    PackedSample,
    pack_sample,
    stack_samples,
)

__all__ = [
    'KeypointArrays',
    'LandmarkAUC',
    'LandmarkMPJPE',
    'LandmarkMetric',
    'LandmarkNME',
    'LandmarkPCK',
    'MpiiPCKh',
    'PackedSample',
    'pack_sample',
    'stack_samples',
]
