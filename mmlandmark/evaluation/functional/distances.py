"""Distances between predicted and labelled keypoints, the base of every metric here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmlandmark.errors import LandmarkError


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
    pred, target = as_points(pred, 'pred', (2, 3)), as_points(target, 'target', (2, 3))
    mask = np.asarray(mask).astype(bool)
    if pred.shape != target.shape or mask.shape != pred.shape[:2]:
        raise LandmarkError(
            f'predictions {pred.shape}, targets {target.shape} and mask {mask.shape} do not fit: '
            'expected (N, K, D), (N, K, D) and (N, K)'
        )
    for what, points in (('prediction', pred), ('target', target)):
        refuse_non_finite(points, mask, what, names, ids)
    delta = np.where(mask[..., None], pred, 0.0) - np.where(mask[..., None], target, 0.0)
    return np.where(mask, np.hypot.reduce(delta, axis=-1), np.nan)


def as_points(points: np.ndarray, what: str, axes: Sequence[int] = (2,)) -> np.ndarray:
    """``points`` as float64 (N, K, D), D being one of ``axes``; LandmarkError otherwise."""
    points = np.asarray(points, dtype=np.float64)
    if points.ndim != 3 or points.shape[-1] not in axes:
        expected = ' or '.join(f'(N, K, {number})' for number in axes)
        raise LandmarkError(f'{what} has shape {points.shape}: expected {expected}')
    return points


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
    bad = mask & ~np.isfinite(points).all(axis=-1)
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
