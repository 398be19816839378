"""NME, MPJPE and the error of single coordinates as MMEngine metrics."""

from __future__ import annotations

from typing import Any

import numpy as np
from mmpose.registry import METRICS

from mmlandmark.evaluation.functional.coordinates import coord_mae
from mmlandmark.evaluation.functional.mean_errors import mpjpe, nme
from mmlandmark.evaluation.functional.normalizers import IMAGE_HEIGHT, IMAGE_WIDTH, PIXEL
from mmlandmark.evaluation.functional.result import MetricResult
from mmlandmark.evaluation.metrics.base import LandmarkMetric
from mmlandmark.evaluation.metrics.packing import KeypointArrays, image_side
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
    """Mean Euclidean distance over all points, key ``MPJPE/{norm}``; lower is better.

    ``MPJPE/{norm}/macro`` is the mean over each instance's points, then over instances. With
    ``depth`` the key is ``MPJPE_3D/...``, with a root ``MPJPE/{root}-relative/{norm}``. See
    `evaluation.functional.mpjpe`.

    Args:
        norm: Name of the normaliser; ``image_width`` gives positions in units of the picture with
            its aspect ratio.
        depth: Measure ``keypoints_3d`` of predictions and labels, (M, K, 3) each: x and y in
            pixels, z as a share of the picture's width. A label whose z is NaN has no depth.
        root: Measure positions relative to this keypoint, such as the wrist.
        **kwargs: See `LandmarkMetric`.
    """

    higher_is_better = False
    skips_missing = True
    extra_average = ('macro', 'instances')

    def __init__(
        self, norm: str = PIXEL, *, depth: bool = False, root: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(norm, **kwargs)
        self.depth, self.root = depth, root

    @property
    def fields(self) -> tuple[str, ...]:
        """See `LandmarkMetric.fields`."""
        return (*super().fields, IMAGE_WIDTH) if self.depth else super().fields

    def measure(self, arrays: KeypointArrays, schema: KeypointSchema | None) -> list[MetricResult]:
        """See `LandmarkMetric.measure`."""
        name, length = self.normalizer(arrays, schema)
        pred, target = arrays.pred, arrays.target
        if self.depth:
            width = image_side(IMAGE_WIDTH, arrays)
            pixels = np.stack([np.ones_like(width), np.ones_like(width), width], axis=-1)[:, None]
            pred, target = arrays.pred_3d * pixels, arrays.target_3d * pixels
        return [
            mpjpe(
                pred,
                target,
                arrays.visible,
                normalizer=length,
                normalizer_name=name,
                root=self.root,
                **self.common_arguments(arrays, schema),
            )
        ]


@METRICS.register_module()
class LandmarkCoordMAE(LandmarkMetric):
    """Mean absolute error of standardised coordinates, key ``coord_mae``; lower is better.

    For comparison with publications only; see `evaluation.functional.coord_mae`.

    Args:
        depth: Measure ``keypoints_3d`` as `LandmarkMPJPE` does; False: x and y alone, key
            ``coord_mae/xy``.
        **kwargs: See `LandmarkMetric`.
    """

    higher_is_better = False
    skips_missing = True

    def __init__(self, *, depth: bool = True, **kwargs: Any) -> None:
        super().__init__(IMAGE_WIDTH, **kwargs)
        self.depth = depth

    @property
    def fields(self) -> tuple[str, ...]:
        """See `LandmarkMetric.fields`."""
        return IMAGE_WIDTH, IMAGE_HEIGHT

    def measure(self, arrays: KeypointArrays, schema: KeypointSchema | None) -> list[MetricResult]:
        """See `LandmarkMetric.measure`."""
        sizes = [image_side(side, arrays) for side in (IMAGE_WIDTH, IMAGE_HEIGHT)]
        return [
            coord_mae(
                arrays.pred_3d if self.depth else arrays.pred,
                arrays.target_3d if self.depth else arrays.target,
                arrays.visible,
                np.stack(sizes, axis=1),
                **self.common_arguments(arrays, schema),
            )
        ]
