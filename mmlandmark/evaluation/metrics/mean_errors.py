"""NME and MPJPE as MMEngine metrics."""

from __future__ import annotations

from typing import Any

from mmpose.registry import METRICS

from mmlandmark.evaluation.functional.mean_errors import mpjpe, nme
from mmlandmark.evaluation.functional.normalizers import PIXEL
from mmlandmark.evaluation.functional.result import MetricResult
from mmlandmark.evaluation.metrics.base import LandmarkMetric
from mmlandmark.evaluation.metrics.packing import KeypointArrays
from mmlandmark.schemas import KeypointSchema


@METRICS.register_module()
class LandmarkNME(LandmarkMetric):
    """Normalised mean error, key ``NME/{norm}``; lower is better.

    The mean over each instance's points, then over instances; ``NME/{norm}/micro`` weighs all
    points alike (MMPose's `NME`). See `evaluation.functional.nme`.

    Args:
        norm: Name of the normaliser, such as ``eye_outer`` or ``bbox``.
        scale: Multiplies the figure; 100 gives the usual form of publications. The key does not
            change, the table and the result state it as the unit.
        **kwargs: See `LandmarkMetric`.
    """

    higher_is_better = False
    skips_missing = True
    extra_average = ('micro', 'points')

    def __init__(self, norm: str, *, scale: float = 1.0, **kwargs: Any) -> None:
        super().__init__(norm, **kwargs)
        self.scale = scale

    def measure(self, arrays: KeypointArrays, schema: KeypointSchema | None) -> list[MetricResult]:
        """See `LandmarkMetric.measure`."""
        name, length = self.normalizer(arrays, schema)
        return [
            nme(
                arrays.pred,
                arrays.target,
                arrays.visible,
                length,
                normalizer_name=name,
                scale=self.scale,
                **self.common_arguments(arrays, schema),
            )
        ]


@METRICS.register_module()
class LandmarkMPJPE(LandmarkMetric):
    """Mean distance in pixels over all points, key ``MPJPE/pixel``; lower is better.

    ``MPJPE/pixel/macro`` is the mean over each instance's points, then over instances. See
    `evaluation.functional.mpjpe`.

    Args:
        **kwargs: See `LandmarkMetric`.
    """

    higher_is_better = False
    skips_missing = True
    extra_average = ('macro', 'instances')

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(PIXEL, **kwargs)

    def measure(self, arrays: KeypointArrays, schema: KeypointSchema | None) -> list[MetricResult]:
        """See `LandmarkMetric.measure`."""
        common = self.common_arguments(arrays, schema)
        return [mpjpe(arrays.pred, arrays.target, arrays.visible, **common)]
