"""PCK, its area under the curve, and MPII's PCKh as MMEngine metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmpose.registry import METRICS

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.accuracy import auc, pck
from mmlandmark.evaluation.functional.mpii import HEAD_SIZE, mpii_pckh
from mmlandmark.evaluation.functional.result import MetricResult
from mmlandmark.evaluation.metrics.base import LandmarkMetric
from mmlandmark.evaluation.metrics.packing import KeypointArrays
from mmlandmark.schemas import KeypointSchema


@METRICS.register_module()
class LandmarkPCK(LandmarkMetric):
    """Fraction of correct keypoints, key ``PCK/{norm}@{thr}``; higher is better.

    The mean over keypoints of each one's accuracy (MMPose's `PCKAccuracy`);
    ``PCK/{norm}@{thr}/micro`` weighs all points alike. See `evaluation.functional.pck`.

    Args:
        thr: Threshold, or several, in units of the normaliser.
        norm: Name of the normaliser, such as ``bbox`` or ``head_size``.
        **kwargs: See `LandmarkMetric`.
    """

    higher_is_better = True
    extra_average = ('micro', 'points')

    def __init__(
        self, thr: float | Sequence[float] = 0.05, norm: str = 'bbox', **kwargs: Any
    ) -> None:
        super().__init__(norm, **kwargs)
        self.thresholds = _thresholds(thr)

    def measure(self, arrays: KeypointArrays, schema: KeypointSchema | None) -> list[MetricResult]:
        """See `LandmarkMetric.measure`."""
        name, length = self.normalizer(arrays, schema)
        common = self.common_arguments(arrays, schema)
        return [
            pck(
                arrays.pred,
                arrays.target,
                arrays.visible,
                length,
                threshold,
                normalizer_name=name,
                **common,
            )
            for threshold in self.thresholds
        ]


@METRICS.register_module()
class LandmarkAUC(LandmarkMetric):
    """Area under the curve of PCK as a fraction, key ``AUC/{norm}``; higher is better.

    With ``max_threshold`` other than 1 the key is ``AUC/{norm}@{max_threshold}``. See
    `evaluation.functional.auc`.

    Args:
        norm: Name of the normaliser.
        max_threshold: End of the range of thresholds (not reached), in units of the normaliser.
        steps: Number of thresholds.
        **kwargs: See `LandmarkMetric`.
    """

    higher_is_better = True

    def __init__(
        self, norm: str = 'bbox', *, max_threshold: float = 1.0, steps: int = 20, **kwargs: Any
    ) -> None:
        super().__init__(norm, **kwargs)
        self.max_threshold, self.steps = max_threshold, steps

    def measure(self, arrays: KeypointArrays, schema: KeypointSchema | None) -> list[MetricResult]:
        """See `LandmarkMetric.measure`."""
        name, length = self.normalizer(arrays, schema)
        return [
            auc(
                arrays.pred,
                arrays.target,
                arrays.visible,
                length,
                max_threshold=self.max_threshold,
                steps=self.steps,
                normalizer_name=name,
                **self.common_arguments(arrays, schema),
            )
        ]


@METRICS.register_module()
class MpiiPCKh(LandmarkMetric):
    """Official PCKh of MPII in per cent, keys ``PCKh@0.5`` and ``PCKh@0.1``; higher is better.

    With ``per_region`` also the rows of the official table, such as ``PCKh@0.5/Shoulder``. The
    ground truth must have ``head_size``. See `evaluation.functional.mpii_pckh`.

    Args:
        thr: Threshold, or several, in units of ``head_size``.
        prediction_offset: Added to both coordinates of each prediction; 1.0 gives the figures of
            MMPose's `MpiiPCKAccuracy`.
        **kwargs: See `LandmarkMetric`; the mean is defined over fixed joints, so ``keypoints``
            cannot be chosen.
    """

    higher_is_better = True

    def __init__(
        self,
        thr: float | Sequence[float] = (0.5, 0.1),
        *,
        prediction_offset: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(HEAD_SIZE, **kwargs)
        if self.keypoints is not None:
            raise LandmarkError('MpiiPCKh is defined over fixed joints: use LandmarkPCK for others')
        self.thresholds, self.prediction_offset = _thresholds(thr), prediction_offset

    def measure(self, arrays: KeypointArrays, schema: KeypointSchema | None) -> list[MetricResult]:
        """See `LandmarkMetric.measure`."""
        if schema is None:
            raise LandmarkError('MpiiPCKh needs the names of the joints: dataset_meta is not set')
        return [
            mpii_pckh(
                arrays.pred,
                arrays.target,
                arrays.visible,
                self.normalizer(arrays, schema)[1],
                schema,
                threshold=threshold,
                prediction_offset=self.prediction_offset,
                given=arrays.given,
                ids=arrays.ids,
            )
            for threshold in self.thresholds
        ]


def _thresholds(thr: float | Sequence[float]) -> tuple[float, ...]:
    return tuple(thr) if isinstance(thr, Sequence) else (thr,)
