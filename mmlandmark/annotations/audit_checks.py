"""What may be wrong with points and boxes, as conditions on whole arrays.

Pixels are counted as in COCO: a picture spans 0 to its width and 0 to its height.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from mmlandmark.annotations.face_boxes import COVERED, share_inside
from mmlandmark.geometry.boxes import boxes_from_points

HALF = 0.5
"""Share of the points' extent that a box must cover."""
MOST = COVERED
"""Share of the points that a box must hold; below it, it is rebuilt from them."""
PAST = 1.0
"""Pixels by which a box may run past its picture."""
ROUNDING = 0.01
"""Pixels that do not count, since files keep two decimals."""


@dataclass(frozen=True)
class Check:
    """Which instances one check finds.

    Attributes:
        finding: Key of the finding.
        hit: (N,) bool.
        value: (N,) float64, what was measured; NaN where nothing was.
        low_is_worse: Whether small values are the bad ones.
        points: (N, K) bool, the points at fault; None where the instance is.
        details: Row -> more to say about it.
    """

    finding: str
    hit: np.ndarray
    value: np.ndarray
    low_is_worse: bool = False
    points: np.ndarray | None = None
    details: Mapping[int, str] = field(default_factory=dict)


def outside_image(points: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return how far points lie outside their pictures, (N, K) float64 pixels, 0 inside.

    A point on the border, such as x equal to the width, is inside.

    Args:
        points: (N, K, 2) pixels; NaN gives NaN.
        sizes: (N, 2) width and height; where unknown, below 1, only the near borders count.
    """
    sizes = np.asarray(sizes, dtype=np.float64)
    far = np.where((sizes >= 1).all(axis=1, keepdims=True), sizes, np.inf)[:, None]
    return np.maximum(np.maximum(-points, points - far), 0).max(axis=2)


def box_checks(
    points: np.ndarray, labelled: np.ndarray, boxes: np.ndarray, sizes: np.ndarray
) -> Iterator[Check]:
    """Yield the checks of boxes; those against points count labelled points only.

    Args:
        points: (N, K, 2) pixels.
        labelled: (N, K) bool; such a point is finite.
        boxes: (N, 4) x1, y1, x2, y2; NaN where malformed.
        sizes: (N, 2) width and height of the pictures, below 1 where unknown.
    """
    finite = np.isfinite(boxes).all(axis=1)
    side = np.where(finite[:, None], boxes[:, 2:] - boxes[:, :2], np.nan)
    yield Check('box_malformed', ~finite, np.full(len(boxes), np.nan))
    flat = finite & (side <= 0).any(axis=1)
    yield Check('box_without_area', flat, side.min(axis=1), low_is_worse=True)

    usable = finite & ~flat & labelled.any(axis=1)
    wide = np.where(usable[:, None], boxes + ROUNDING * np.array([-1, -1, 1, 1]), np.nan)
    extent = np.where(usable[:, None], boxes_from_points(points, labelled), np.nan)
    gap = np.maximum(extent[:, :2] - wide[:, 2:], wide[:, :2] - extent[:, 2:]).max(axis=1)
    yield Check('box_no_overlap', gap > 0, gap)
    covered = _covered(extent, wide)
    yield Check('box_covers_under_half', covered < HALF, covered, low_is_worse=True)
    inside = share_inside(points, labelled, wide)
    yield Check('box_holds_under_90', inside < MOST, inside, low_is_worse=True)

    past = outside_image(boxes.reshape(-1, 2, 2), sizes).max(axis=1)
    yield Check('box_past_image', finite & (past > PAST), past)


def point_checks(points: np.ndarray, visible: np.ndarray, sizes: np.ndarray) -> Iterator[Check]:
    """Yield the checks of points.

    Args:
        points: (N, K, 2) pixels.
        visible: (N, K) bool, whether the file calls a point labelled.
        sizes: (N, 2) width and height of the pictures, below 1 where unknown.
    """
    # What is not a number is wrong in a point that is not labelled, too.
    missing = ~np.isfinite(points).all(axis=2)
    finite = visible & ~missing
    known = np.where(finite[..., None], points, 0.0)
    yield _of_points('nan_points', missing, missing.sum(axis=1))
    origin = finite & (known == 0).all(axis=2)
    yield _of_points('points_at_origin', origin, origin.sum(axis=1))
    below = -known.min(axis=2)
    yield _of_points('negative_points', below > 0, below.max(axis=1, initial=0))
    past = outside_image(known, sizes)
    yield _of_points('outside_points', past > 0, past.max(axis=1, initial=0))


def duplicates(points: np.ndarray, labelled: np.ndarray, names: list[str]) -> Check:
    """Find instances whose labelled points, at least two, are those of an earlier one."""
    rows = np.concatenate([np.where(labelled[..., None], points, 0), labelled[..., None]], axis=2)
    rows = rows.reshape(len(rows), 3 * rows.shape[1]) + 0.0  # -0.0 becomes 0.0
    rows = np.ascontiguousarray(rows)
    keys = rows.view(np.dtype((np.void, rows.shape[1] * rows.itemsize))).ravel()
    _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    first = first[group.ravel()]
    hit = (first != np.arange(len(rows))) & (labelled.sum(axis=1) > 1)
    details = {int(row): f'the points of {names[first[row]]}' for row in np.flatnonzero(hit)}
    return Check('duplicate', hit, np.full(len(rows), np.nan), details=details)


def _of_points(finding: str, at_fault: np.ndarray, value: np.ndarray) -> Check:
    return Check(finding, at_fault.any(axis=1), value.astype(np.float64), points=at_fault)


def _covered(extent: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Return the share of the points' extent that a box covers, (N,); NaN where either is.

    An extent without width counts by its height alone, and the reverse; a single point is covered
    or not.
    """
    low = np.maximum(extent[:, :2], boxes[:, :2])
    high = np.minimum(extent[:, 2:], boxes[:, 2:])
    length, common = extent[:, 2:] - extent[:, :2], high - low
    touched = np.where(np.isnan(common), np.nan, (common >= 0).astype(np.float64))
    share = np.divide(np.clip(common, 0, None), length, out=touched, where=length > 0)
    return share.prod(axis=1)
