"""Mean distances: NME and MPJPE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mmlandmark.evaluation.functional.normalizers import PIXEL
from mmlandmark.evaluation.functional.result import MetricResult
from mmlandmark.evaluation.functional.scores import normalized_distances
from mmlandmark.evaluation.functional.summary import summarize

if TYPE_CHECKING:
    from mmlandmark.schemas import KeypointSchema


def nme(
    pred: np.ndarray,
    target: np.ndarray,
    visible: np.ndarray,
    normalizer: np.ndarray,
    *,
    normalizer_name: str = 'normalizer',
    given: np.ndarray | None = None,
    schema: KeypointSchema | None = None,
    keypoints: str | Sequence[str] | None = None,
    ids: Sequence[int] | None = None,
    scale: float = 1.0,
) -> MetricResult:
    """Normalised mean error: distance over a reference length, meaned over points, then instances.

    ``value`` is the mean over each instance's points, then over instances, as the benchmarks of
    facial landmarks define it (300W; DogFLW's NME_iod); ``averages['points']`` weighs all
    points alike, as MMPose's `NME` does. The two agree where every instance has as many points.
    Points that the method does not give have no distance: they are left out, and ``coverage``
    says how much was given.

    Args:
        pred: Predicted points, (N, K, 2), pixels.
        target: Labelled points, (N, K, 2), pixels.
        visible: Non-zero where labelled, (N, K).
        normalizer: Length per instance, (N,), pixels; see `normalizer_values`. An instance whose
            length is NaN or not positive is excluded and counted.
        normalizer_name: Its name, which becomes part of the result's.
        given: Non-zero where the method gives the point, (N, K); None: everywhere.
        schema: Gives keypoint names and regions.
        keypoints: Count only these keypoints or regions.
        ids: Annotation ids for messages, (N,).
        scale: The figure is multiplied by this; 100 is customary in publications.

    Returns:
        The figure (no unit, or ``x100`` with that scale) with its counts.

    Raises:
        LandmarkError: Shapes that do not fit, or a counted coordinate that is not finite.
    """
    ratios, supervision = normalized_distances(
        pred,
        target,
        visible,
        normalizer,
        normalizer_name=normalizer_name,
        given=given,
        schema=schema,
        keypoints=keypoints,
        ids=ids,
    )
    return summarize(
        f'NME/{normalizer_name}',
        ratios * scale,
        supervision.labelled & supervision.given,
        supervision,
        over='instances',
        unit='fraction' if scale == 1 else f'x{scale:g}',
        normalizer=normalizer_name,
        schema=schema,
        settings={'scale': scale},
    )


def mpjpe(
    pred: np.ndarray,
    target: np.ndarray,
    visible: np.ndarray,
    *,
    given: np.ndarray | None = None,
    schema: KeypointSchema | None = None,
    keypoints: str | Sequence[str] | None = None,
    ids: Sequence[int] | None = None,
) -> MetricResult:
    """Mean per-joint position error in pixels: the mean distance over all counted points.

    ``value`` weighs all points alike, as MMPose's `EPE` does; ``averages['instances']`` is the
    mean of the instances' means. Points that the method does not give are left out, and
    ``coverage`` says how much was given.

    Args:
        pred: Predicted points, (N, K, 2), pixels.
        target: Labelled points, (N, K, 2), pixels.
        visible: Non-zero where labelled, (N, K).
        given: Non-zero where the method gives the point, (N, K); None: everywhere.
        schema: Gives keypoint names and regions.
        keypoints: Count only these keypoints or regions.
        ids: Annotation ids for messages, (N,).

    Returns:
        The figure in pixels with its counts.

    Raises:
        LandmarkError: Shapes that do not fit, or a counted coordinate that is not finite.
    """
    distances, supervision = normalized_distances(
        pred,
        target,
        visible,
        1.0,
        normalizer_name=PIXEL,
        given=given,
        schema=schema,
        keypoints=keypoints,
        ids=ids,
    )
    return summarize(
        f'MPJPE/{PIXEL}',
        distances,
        supervision.labelled & supervision.given,
        supervision,
        over='points',
        unit='px',
        normalizer=PIXEL,
        schema=schema,
    )
