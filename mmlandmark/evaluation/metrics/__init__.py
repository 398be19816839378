"""Metrics for MMPose's ``METRICS`` registry."""

from mmlandmark._stack import require_stack

require_stack('mmlandmark.evaluation.metrics')

from mmlandmark.evaluation.metrics.accuracy import LandmarkAUC, LandmarkPCK, MpiiPCKh  # noqa: E402
from mmlandmark.evaluation.metrics.base import LandmarkMetric  # noqa: E402
from mmlandmark.evaluation.metrics.covered import CoveredMetric  # noqa: E402
from mmlandmark.evaluation.metrics.covered_coco import CoveredCocoMetric  # noqa: E402
from mmlandmark.evaluation.metrics.image_errors import (  # noqa: E402
    LandmarkCEDAUC,
    LandmarkFailureRate,
)
from mmlandmark.evaluation.metrics.keypoint_average_precision import (  # noqa: E402
    KeypointAveragePrecision,
)
from mmlandmark.evaluation.metrics.mean_errors import (  # noqa: E402
    LandmarkCoordMAE,
    LandmarkMPJPE,
    LandmarkNME,
)
from mmlandmark.evaluation.metrics.packed_metric import PackedMetric  # noqa: E402
from mmlandmark.evaluation.metrics.packed_samples import PackedSamples  # noqa: E402
from mmlandmark.evaluation.metrics.packing import (  # noqa: E402
    KeypointArrays,
    keypoint_arrays,
    pack_keypoints,
)
from mmlandmark.evaluation.metrics.pair_dump import PairDump  # noqa: E402
from mmlandmark.evaluation.metrics.pseudo_label_dump import PseudoLabelDump  # noqa: E402

__all__ = [
    'CoveredCocoMetric',
    'CoveredMetric',
    'KeypointArrays',
    'KeypointAveragePrecision',
    'LandmarkAUC',
    'LandmarkCEDAUC',
    'LandmarkCoordMAE',
    'LandmarkFailureRate',
    'LandmarkMPJPE',
    'LandmarkMetric',
    'LandmarkNME',
    'LandmarkPCK',
    'MpiiPCKh',
    'PackedMetric',
    'PackedSamples',
    'PairDump',
    'PseudoLabelDump',
    'keypoint_arrays',
    'pack_keypoints',
]
