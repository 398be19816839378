"""Distances between predicted and labelled keypoints, the base of every metric here."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

from mmlandmark.errors import LandmarkError

_PART = 65536


def keypoint_distances(
    pred: np.ndarray,
    target: np.ndarray,
    mask: np.ndarray,
    *,
    names: Sequence[str] | None = None,
    ids: Sequence[int] | None = None,
) -> np.ndarray:
    """Euclidean distance of every counted keypoint, in the unit of the coordinates (pixels).

    What lies under a False in ``mask`` influences nothing, NaN included.

    Args:
        pred: Predicted points, (N, K, 2) or (N, K, 3).
        target: Labelled points, as many coordinates.
        mask: True where a point counts, (N, K).
        names: Keypoint names for the message of an error, K of them.
        ids: Annotation ids for the message of an error, N of them.

    Returns:
        Distances (N, K) float64, NaN where ``mask`` is False.

    Raises:
        LandmarkError: The shapes do not fit, or a counted coordinate is not finite.
    """
    pred, target = check_points(pred, 'pred', (2, 3)), check_points(target, 'target', (2, 3))
    mask = np.asarray(mask).astype(bool)
    if pred.shape != target.shape or mask.shape != pred.shape[:2]:
        raise LandmarkError(
            f'predictions {pred.shape}, targets {target.shape} and mask {mask.shape} do not fit: '
            'expected (N, K, D), (N, K, D) and (N, K)'
        )
    for what, points in (('prediction', pred), ('target', target)):
        refuse_non_finite(points, mask, what, names, ids)
    distances = np.empty(mask.shape)
    # in parts that stay in the cache; whole arrays in double precision would be many times the data
    step = max(1, _PART // max(mask.shape[1], 1))
    for start in range(0, len(mask), step):
        rows = slice(start, start + step)
        distances[rows] = _distances(pred[rows], target[rows], mask[rows])
    return distances


def _distances(pred: np.ndarray, target: np.ndarray, mask: np.ndarray) -> np.ndarray:
    coordinates = (
        (np.where(mask, points[..., axis].astype(np.float64), 0.0) for points in (pred, target))
        for axis in range(pred.shape[-1])
    )
    deltas = [predicted - labelled for predicted, labelled in coordinates]
    return np.where(mask, functools.reduce(np.hypot, deltas), np.nan)


def check_points(points: np.ndarray, what: str, axes: Sequence[int] = (2,)) -> np.ndarray:
    """``points`` as numbers (N, K, D), D being one of ``axes``; LandmarkError otherwise."""
    points = np.asarray(points)
    if points.dtype.kind not in 'fiu':
        points = points.astype(np.float64)
    if points.ndim != 3 or points.shape[-1] not in axes:
        expected = ' or '.join(f'(N, K, {number})' for number in axes)
        raise LandmarkError(f'{what} has shape {points.shape}: expected {expected}')
    return points


def as_points(points: np.ndarray, what: str, axes: Sequence[int] = (2,)) -> np.ndarray:
    """``points`` as float64 (N, K, D), D being one of ``axes``; LandmarkError otherwise."""
    return check_points(np.asarray(points, dtype=np.float64), what, axes)


def refuse_non_finite(
    points: np.ndarray,
    mask: np.ndarray,
    what: str,
    names: Sequence[str] | None,
    ids: Sequence[int] | None,
) -> None:
    """Raise a LandmarkError that names the first of the masked points which is not finite.

    Args:
        points: (N, K, D).
        mask: True where a point must be finite, (N, K) bool.
        what: What the points are, for the message.
        names: The K keypoints, for the message.
        ids: The N annotations, for the message.
    """
    bad = mask.copy()
    bad &= ~functools.reduce(np.logical_and, map(np.isfinite, np.moveaxis(points, -1, 0)))
    if not bad.any():
        return
    row, column = (int(i) for i in np.argwhere(bad)[0])
    sample = f'sample {row}' if ids is None else f'sample {row} (annotation {ids[row]})'
    keypoint = f'keypoint {column}' if names is None else f'keypoint {column} ({names[column]!r})'
    values = ', '.join(map(str, points[row, column]))
    raise LandmarkError(
        f'{what} of {sample}, {keypoint}: not finite ({values}) although the point is labelled'
        + (f'; {int(bad.sum())} such points in all' if bad.sum() > 1 else '')
    )
