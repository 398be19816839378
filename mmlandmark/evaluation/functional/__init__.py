"""Metrics as pure functions of arrays; numpy only."""

from mmlandmark.evaluation.functional.accuracy import auc, pck
from mmlandmark.evaluation.functional.coordinates import coord_mae
from mmlandmark.evaluation.functional.direction import (
    higher_is_better,
    metric_direction,
    not_measured,
)
from mmlandmark.evaluation.functional.distances import keypoint_distances
from mmlandmark.evaluation.functional.image_errors import ced_auc, failure_rate
from mmlandmark.evaluation.functional.keypoint_ap_result import KeypointAPResult
from mmlandmark.evaluation.functional.keypoint_average_precision import (
    keypoint_average_precision,
)
from mmlandmark.evaluation.functional.keypoint_matching import ChannelPoints
from mmlandmark.evaluation.functional.mean_errors import mpjpe, nme
from mmlandmark.evaluation.functional.mpii import mpii_pckh
from mmlandmark.evaluation.functional.normalizers import (
    canonical_name,
    normalizer_values,
    reference_lengths,
)
from mmlandmark.evaluation.functional.pooling import pool_results
from mmlandmark.evaluation.functional.result import MetricResult, json_ready
from mmlandmark.evaluation.functional.table import format_value, render_table

__all__ = [
    'ChannelPoints',
    'KeypointAPResult',
    'MetricResult',
    'auc',
    'canonical_name',
    'ced_auc',
    'coord_mae',
    'failure_rate',
    'format_value',
    'higher_is_better',
    'json_ready',
    'keypoint_average_precision',
    'keypoint_distances',
    'metric_direction',
    'mpii_pckh',
    'mpjpe',
    'nme',
    'normalizer_values',
    'not_measured',
    'pck',
    'pool_results',
    'reference_lengths',
    'render_table',
]
