"""Failure rate and area under the cumulative error distribution as MMEngine metrics."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from mmpose.registry import METRICS

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.image_errors import ced_auc, failure_rate
from mmlandmark.evaluation.functional.result import MetricResult
from mmlandmark.evaluation.metrics.base import LandmarkMetric
from mmlandmark.evaluation.metrics.packing import KeypointArrays
from mmlandmark.schemas import KeypointSchema


class ImageErrorMetric(LandmarkMetric):
    """A figure of the distribution of the instances' NME at one or several thresholds."""

    skips_missing = True
    figure: ClassVar[Callable[..., MetricResult]]

    def __init__(
        self, norm: str, *, thr: float | Sequence[float] = (0.08, 0.1), **kwargs: Any
    ) -> None:
        super().__init__(norm, **kwargs)
        self.thresholds = tuple(thr) if isinstance(thr, list | tuple) else (thr,)
        if not self.thresholds or not all(_is_positive(one) for one in self.thresholds):
            raise LandmarkError(
                f'{type(self).__name__}: thr is {thr!r}; expected positive numbers in units of the '
                'normaliser, such as 0.08'
            )

    def measure(self, arrays: KeypointArrays, schema: KeypointSchema | None) -> list[MetricResult]:
        """See `LandmarkMetric.measure`."""
        name, length = self.normalizer(arrays, schema)
        points = (arrays.pred, arrays.target, arrays.visible, length)
        common = self.common_arguments(arrays, schema)
        return [
            type(self).figure(*points, threshold, normalizer_name=name, **common)
            for threshold in self.thresholds
        ]


def _is_positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf


@METRICS.register_module()
class LandmarkFailureRate(ImageErrorMetric):
    """Share of instances whose NME is above a threshold, key ``FR/{norm}@{thr}``; lower is better.

    See `evaluation.functional.failure_rate`.

    Args:
        norm: Name of the normaliser, such as ``eye_outer``.
        thr: Threshold, or several, in units of the normaliser.
        **kwargs: See `LandmarkMetric`.
    """

    higher_is_better = False
    figure = staticmethod(failure_rate)


@METRICS.register_module()
class LandmarkCEDAUC(ImageErrorMetric):
    """Area under the cumulative distribution of the instances' NME, up to a threshold.

    Key ``CED_AUC/{norm}@{thr}``, a fraction; higher is better. See
    `evaluation.functional.ced_auc`; `LandmarkAUC` is the area under the curve of PCK, another
    figure.

    Args:
        norm: Name of the normaliser, such as ``eye_outer``.
        thr: End of the range, or several, in units of the normaliser.
        **kwargs: See `LandmarkMetric`.
    """

    higher_is_better = True
    figure = staticmethod(ced_auc)
