"""Mean distances: NME and MPJPE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mmlandmark.evaluation.functional.distances import check_points
from mmlandmark.evaluation.functional.normalizers import PIXEL
from mmlandmark.evaluation.functional.relative import relative_to, unlabelled_depth
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
    normalizer: np.ndarray | None = None,
    normalizer_name: str = 'normalizer',
    root: str | None = None,
    given: np.ndarray | None = None,
    schema: KeypointSchema | None = None,
    keypoints: str | Sequence[str] | None = None,
    ids: Sequence[int] | None = None,
) -> MetricResult:
    """Mean per-joint position error: the mean Euclidean distance over all counted points.

    ``value`` weighs all points alike, as MMPose's `EPE` does; ``averages['instances']`` is the
    mean of the instances' means. Points that the method does not give are left out, and
    ``coverage`` says how much was given.

    Args:
        pred: Predicted points, (N, K, 2), pixels; or (N, K, 3), the same unit on all axes.
        target: Labelled points, alike. A depth that is NaN is not labelled: the point is left out.
        visible: Non-zero where labelled, (N, K).
        normalizer: Length per instance that distances are divided by, (N,); None: pixels. An
            instance whose length is NaN or not positive is excluded and counted.
        normalizer_name: Its name, which becomes part of the result's.
        root: Measure positions relative to this keypoint, predictions relative to the predicted
            one. An instance without it is excluded and counted. As in the benchmarks of 3-D poses
            the keypoint itself counts, with distance 0.
        given: Non-zero where the method gives the point, (N, K); None: everywhere.
        schema: Gives keypoint names and regions.
        keypoints: Count only these keypoints or regions.
        ids: Annotation ids for messages, (N,).

    Returns:
        ``MPJPE/{normalizer_name}``, ``MPJPE_3D/...`` of points with depth, with
        ``{root}-relative`` between the two where there is a root, and its counts.

    Raises:
        LandmarkError: Shapes that do not fit, a root without a schema, or a counted coordinate
            that is not finite.
    """
    name = PIXEL if normalizer is None else normalizer_name
    target = check_points(target, 'target', (2, 3))
    unusable = unlabelled_depth(target)
    if root is not None:
        pred, target, rootless = relative_to(
            root, pred, target, visible, given=given, schema=schema, ids=ids
        )
        unusable |= rootless
    distances, supervision = normalized_distances(
        pred,
        target,
        visible,
        1.0 if normalizer is None else normalizer,
        normalizer_name=name,
        given=given,
        schema=schema,
        keypoints=keypoints,
        ids=ids,
        axes=(2, 3),
        unusable=unusable,
    )
    kind = 'MPJPE_3D' if target.shape[-1] == 3 else 'MPJPE'
    return summarize(
        '/'.join([kind, *([f'{root}-relative'] if root else []), name]),
        distances,
        supervision.labelled & supervision.given,
        supervision,
        over='points',
        unit='px' if name == PIXEL else 'fraction',
        normalizer=name,
        schema=schema,
        settings={'root': root} if root else {},
    )
