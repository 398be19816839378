"""Which box a face gets: the one of the annotation, or one around its landmarks."""

from __future__ import annotations

import numpy as np

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.geometry.boxes import boxes_from_points

BOX_SOURCES = ('annotation', 'landmarks', 'auto')
# Half of the sides of DogFLW's boxes that hold all their points stand farther out than this.
DEFAULT_MARGIN = 0.15
COVERED = 0.9


def share_inside(points: np.ndarray, visible: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Return the share of each face's labelled points that lie in its box, the border included.

    Args:
        points: (N, K, 2) pixels; what stands at unlabelled points has no influence.
        visible: (N, K), labelled where above zero.
        boxes: (N, 4) x1, y1, x2, y2 in pixels.

    Returns:
        (N,) float64 from 0 to 1; NaN where the box is NaN or no point is labelled.
    """
    boxes = np.asarray(boxes, dtype=np.float64)
    labelled = np.asarray(visible) > 0
    inside = (points >= boxes[:, None, :2]) & (points <= boxes[:, None, 2:])
    counted = labelled.sum(axis=1)
    share = np.full(len(boxes), np.nan)
    known = (counted > 0) & np.isfinite(boxes).all(axis=1)
    return np.divide((inside.all(axis=2) & labelled).sum(axis=1), counted, out=share, where=known)


def choose_boxes(
    points: np.ndarray,
    visible: np.ndarray,
    boxes: np.ndarray,
    sizes: np.ndarray | None = None,
    source: str = 'auto',
    margin: float = DEFAULT_MARGIN,
    covered: float = COVERED,
) -> tuple[np.ndarray, np.ndarray]:
    """Choose the box of each face and say where it comes from.

    A box of the annotation is taken as it is, also where it runs past the picture. One around the
    landmarks is their tight box, grown by the margin and clipped to the picture where its size is
    known. Where the wanted kind does not exist (an annotation without a box, with one that is not
    a number or has no area; a face whose landmarks span no area), the other kind steps in, and
    the answer says so.

    Args:
        points: (N, K, 2) pixels; what stands at unlabelled points has no influence.
        visible: (N, K), labelled where above zero.
        boxes: (N, 4) x1, y1, x2, y2 of the annotation in pixels; NaN where there is none.
        sizes: (N, 2) width and height of the pictures; below 1, or None, where unknown.
        source: ``annotation``; ``landmarks``; or ``auto``: the box of the annotation unless it
            holds less than ``covered`` of the labelled points.
        margin: How far each side of a box around landmarks moves outwards, as a share of the
            box's width or height.
        covered: Share of the labelled points, 0 to 1.

    Returns:
        The boxes (N, 4) float64 x1, y1, x2, y2, and (N,) texts ``annotation`` or ``landmarks``.
        Where a face has neither box, its row is NaN and the text empty.

    Raises:
        LandmarkError: Unknown source, or a margin or share out of range.
    """
    _check(source, margin, covered)
    given = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
    built = _clipped(boxes_from_points(points, visible, margin), sizes)
    has_given, has_built = _has_area(given), _has_area(built)
    if source == 'auto':
        # NaN compares as false: without labelled points there is nothing against the given box.
        wanted = ~(share_inside(points, visible, given) < covered)
    else:
        wanted = np.full(len(given), source == 'annotation')
    take = has_given & (wanted | ~has_built)
    chosen = np.where(take[:, None], given, built)
    chosen[~has_given & ~has_built] = np.nan
    used = np.where(take, 'annotation', np.where(has_built, 'landmarks', ''))
    return chosen, used


def _has_area(boxes: np.ndarray) -> np.ndarray:
    finite = np.isfinite(boxes).all(axis=1)
    return finite & (boxes[:, 2:] > boxes[:, :2]).all(axis=1)


def _clipped(boxes: np.ndarray, sizes: np.ndarray | None) -> np.ndarray:
    if sizes is None:
        return boxes
    sizes = np.asarray(sizes, dtype=np.float64).reshape(-1, 2)
    limit = np.where((sizes >= 1).all(axis=1, keepdims=True), sizes, np.inf)
    low = np.where(np.isfinite(limit), np.maximum(boxes[:, :2], 0), boxes[:, :2])
    return np.concatenate([low, np.minimum(boxes[:, 2:], limit)], axis=1)


def _check(source: str, margin: float, covered: float) -> None:
    if source not in BOX_SOURCES:
        raise LandmarkError(
            f'unknown box source {source!r}{nearest(source, BOX_SOURCES)}; expected one of '
            f'{", ".join(BOX_SOURCES)}'
        )
    if not 0 <= margin < float('inf'):
        raise LandmarkError(f'box margin is {margin}; expected a share of the box, 0 or more')
    if not 0 <= covered <= 1:
        raise LandmarkError(f'covered is {covered}; expected a share of the points, 0 to 1')
