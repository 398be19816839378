"""Mean absolute error of single coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.distances import as_points
from mmlandmark.evaluation.functional.relative import unlabelled_depth
from mmlandmark.evaluation.functional.result import MetricResult
from mmlandmark.evaluation.functional.scores import normalized_distances
from mmlandmark.evaluation.functional.summary import masked_mean, summarize

if TYPE_CHECKING:
    from mmlandmark.schemas import KeypointSchema

_HALF_IMAGE = 'half image'
_DEPTH_SPREAD = 'spread of depth'


def coord_mae(
    pred: np.ndarray,
    target: np.ndarray,
    visible: np.ndarray,
    sizes: np.ndarray,
    *,
    given: np.ndarray | None = None,
    schema: KeypointSchema | None = None,
    keypoints: str | Sequence[str] | None = None,
    ids: Sequence[int] | None = None,
) -> MetricResult:
    """Mean absolute difference of standardised coordinates, each coordinate on its own.

    Some publications of hand landmarks call this MPJPE, though it is no distance: it is smaller,
    it depends on the directions of the axes, and x and y count alike only in a square picture. It
    is here so that their figures can be compared; for anything else see `mpjpe`. Coordinates are
    standardised as there: x and y to -1 .. 1 over the picture, and z, whose unit does not matter,
    by its standard deviation over the labelled points of the instance.

    Args:
        pred: Predicted points, (N, K, 3), x and y in pixels; or (N, K, 2).
        target: Labelled points, alike. A depth that is NaN is not labelled: the point is left out.
        visible: Non-zero where labelled, (N, K).
        sizes: Width and height of each instance's picture, (N, 2), pixels.
        given: Non-zero where the method gives the point, (N, K); None: everywhere.
        schema: Gives keypoint names and regions.
        keypoints: Count only these keypoints or regions.
        ids: Annotation ids for messages, (N,).

    Returns:
        The mean over all coordinates of all counted points: ``coord_mae``, or ``coord_mae/xy`` of
        points without depth. An instance whose labelled points all have the same depth is excluded
        and counted.

    Raises:
        LandmarkError: Shapes that do not fit, a size that is not positive, or a counted coordinate
            that is not finite.
    """
    target = as_points(target, 'target', (2, 3))
    units, flat = _units(target, np.asarray(visible) > 0, np.asarray(sizes, dtype=np.float64))
    pred, target = as_points(pred, 'pred', (2, 3)) / units, target / units
    distances, supervision = normalized_distances(
        pred,
        target,
        visible,
        1.0,
        normalizer_name=_HALF_IMAGE,
        given=given,
        schema=schema,
        keypoints=keypoints,
        ids=ids,
        axes=(2, 3),
        unusable=unlabelled_depth(target) | flat,
    )
    deep = target.shape[-1] == 3
    return summarize(
        'coord_mae' if deep else 'coord_mae/xy',
        np.where(np.isnan(distances), np.nan, np.abs(pred - target).mean(axis=-1)),
        supervision.labelled & supervision.given,
        supervision,
        over='points',
        unit='standardized',
        normalizer=f'{_HALF_IMAGE}, {_DEPTH_SPREAD}' if deep else _HALF_IMAGE,
        schema=schema,
    )


def _units(
    target: np.ndarray, labelled: np.ndarray, sizes: np.ndarray
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The length of 1 on each axis, (N, 1, D), and reason -> instances (N, 1) that have none."""
    if sizes.shape != (len(target), 2) or not (sizes > 0).all():
        raise LandmarkError(
            f'the sizes of the pictures have shape {sizes.shape} and a smallest value of '
            f'{sizes.min(initial=np.inf):g}: expected {(len(target), 2)}, all positive'
        )
    if target.shape[-1] == 2:
        return sizes[:, None] / 2, {}
    depth, known = target[..., 2], labelled & np.isfinite(target[..., 2])
    mean = masked_mean(depth, known, axis=1)
    spread = np.sqrt(masked_mean(np.square(depth - mean[:, None]), known, axis=1))
    usable = spread > 0
    flat = {f'{_DEPTH_SPREAD} is zero': (spread == 0)[:, None]}
    units = np.concatenate([sizes / 2, np.where(usable, spread, 1.0)[:, None]], axis=1)
    return units[:, None], flat
