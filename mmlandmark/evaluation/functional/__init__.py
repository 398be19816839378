"""Metrics as pure functions of arrays; numpy only."""

from mmlandmark.evaluation.functional.accuracy import auc, pck
from mmlandmark.evaluation.functional.distances import keypoint_distances
from mmlandmark.evaluation.functional.mean_errors import mpjpe, nme
from mmlandmark.evaluation.functional.mpii import mpii_pckh
from mmlandmark.evaluation.functional.normalizers import (
    canonical_name,
    normalizer_values,
    reference_lengths,
)
from mmlandmark.evaluation.functional.result import MetricResult, json_ready
from mmlandmark.evaluation.functional.table import format_value, render_table

__all__ = [
    'MetricResult',
    'auc',
    'canonical_name',
    'format_value',
    'json_ready',
    'keypoint_distances',
    'mpii_pckh',
    'mpjpe',
    'nme',
    'normalizer_values',
    'pck',
    'reference_lengths',
    'render_table',
]
