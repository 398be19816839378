"""Boxes of groups of keypoints, such as an eye or the nose, and figures about them; numpy only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.geometry.boxes import boxes_from_points

NO_POINT = 'no labelled point'
NO_AREA = 'its points span no area'
OUTSIDE = 'outside the picture'


def region_boxes(
    points: np.ndarray,
    visible: np.ndarray,
    groups: Mapping[str, Sequence[int]],
    margin: float = 0.1,
    sizes: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the box of every group of every instance, clipped to its picture.

    Args:
        points: (N, K, 2) pixels; what stands at unlabelled points has no influence.
        visible: (N, K), labelled where above zero.
        groups: Name -> positions of its keypoints, as ``schemas.region_groups`` returns.
        margin: How far each side moves outwards, as a share of the longer side of the box, so
            that a flat group, such as the lids of a closed eye, gets some height.
        sizes: (N, 2) width and height of the pictures, pixels; None: boxes are not clipped.

    Returns:
        Boxes (N, R, 4) float64 x1, y1, x2, y2 in the order of ``groups``, NaN where a group has
        none, and the reasons (N, R) as texts, empty where there is a box: ``NO_POINT``,
        ``NO_AREA`` (one point, or a line without margin) or ``OUTSIDE``.

    Raises:
        LandmarkError: Shapes or positions do not fit, a labelled point is NaN or infinite, or
            the margin is negative.
    """
    points, visible = _checked(points, visible)
    if not (np.isfinite(margin) and margin >= 0):
        raise LandmarkError(f'the margin of regions is {margin}; expected 0 or above')
    members = _positions(groups, points.shape[1])
    boxes = np.full((len(points), len(members), 4), np.nan)
    for place, columns in enumerate(members):
        boxes[:, place] = boxes_from_points(points[:, columns], visible[:, columns])
    reasons = np.where(np.isnan(boxes).any(axis=-1), NO_POINT, '').astype('<U32')
    grow = margin * (boxes[..., 2:] - boxes[..., :2]).max(axis=-1, keepdims=True)
    boxes = np.concatenate([boxes[..., :2] - grow, boxes[..., 2:] + grow], axis=-1)
    reasons[(reasons == '') & ~_has_area(boxes)] = NO_AREA
    if sizes is not None:
        boxes = clip_boxes(boxes, sizes)
        reasons[(reasons == '') & ~_has_area(boxes)] = OUTSIDE
    boxes[reasons != ''] = np.nan
    return boxes, reasons


def clip_boxes(boxes: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return (N, R, 4) boxes cut at the edges of their pictures, (N, 2) width and height."""
    sizes = np.asarray(sizes, dtype=np.float64)
    if sizes.shape != (len(boxes), 2) or not (sizes > 0).all():
        raise LandmarkError(
            f'sizes of shape {sizes.shape} for {len(boxes)} instances; expected a width and a '
            'height above 0 for each'
        )
    return np.clip(boxes, 0, np.tile(sizes, 2)[:, None])


def crop_slices(box: np.ndarray, size: Sequence[int]) -> tuple[slice, slice]:
    """Return the rows and columns of the pixels that a box touches.

    Pixel centres lie at whole numbers, so a point on the edge of a box lies in the crop.

    Args:
        box: (4,) x1, y1, x2, y2, inside the picture.
        size: Width and height of the picture.
    """
    first = np.floor(box[:2]).astype(int).clip(0)
    last = np.minimum(np.ceil(box[2:]).astype(int) + 1, size)
    return slice(int(first[1]), int(last[1])), slice(int(first[0]), int(last[0]))


def region_statistics(
    visible: np.ndarray,
    groups: Mapping[str, Sequence[int]],
    boxes: np.ndarray,
    sizes: np.ndarray | None = None,
    scores: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Return figures about the regions, each (N, R) in the order of ``groups``.

    Args:
        visible: (N, K), labelled where above zero.
        groups: As for ``region_boxes``.
        boxes: (N, R, 4) of ``region_boxes``.
        sizes: (N, 2) width and height of the pictures; None: no ``area_share``.
        scores: (N, K) confidence of the points; None: no ``mean_score``.

    Returns:
        ``points`` (how many are labelled, int64), ``width``, ``height``, ``center_x``,
        ``center_y`` (pixels), ``area`` (square pixels), ``aspect`` (width by height),
        ``area_share`` (of the picture) and ``mean_score`` (of the labelled points); NaN where
        there is no box or no point.
    """
    visible = np.asarray(visible) > 0
    members = _positions(groups, visible.shape[1])
    count = np.stack([visible[:, columns].sum(axis=1) for columns in members], axis=1)
    extent = boxes[..., 2:] - boxes[..., :2]
    center = (boxes[..., 2:] + boxes[..., :2]) / 2
    area = extent.prod(axis=-1)
    figures = {
        'points': count.astype(np.int64),
        'width': extent[..., 0],
        'height': extent[..., 1],
        'center_x': center[..., 0],
        'center_y': center[..., 1],
        'area': area,
        'aspect': extent[..., 0] / extent[..., 1],
    }
    if sizes is not None:
        figures['area_share'] = area / np.asarray(sizes, dtype=np.float64).prod(axis=1)[:, None]
    if scores is not None:
        seen = np.where(visible, np.asarray(scores, dtype=np.float64), 0.0)
        total = np.stack([seen[:, columns].sum(axis=1) for columns in members], axis=1)
        figures['mean_score'] = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return figures


def _has_area(boxes: np.ndarray) -> np.ndarray:
    return (boxes[..., 2:] > boxes[..., :2]).all(axis=-1)


def _checked(points: np.ndarray, visible: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    points, visible = np.asarray(points, dtype=np.float64), np.asarray(visible)
    if points.ndim != 3 or points.shape[2] != 2 or visible.shape != points.shape[:2]:
        raise LandmarkError(
            f'points of shape {points.shape} and visibility of shape {visible.shape}; expected '
            '(N, K, 2) and (N, K)'
        )
    bad = (visible > 0) & ~np.isfinite(points).all(axis=-1)
    if bad.any():
        row, point = np.argwhere(bad)[0]
        raise LandmarkError(
            f'instance {row}, keypoint {point}: is labelled but lies at '
            f'{points[row, point].tolist()}; expected finite coordinates'
        )
    return points, visible


def _positions(groups: Mapping[str, Sequence[int]], count: int) -> list[np.ndarray]:
    if not groups:
        raise LandmarkError('no region was given; expected at least one group of keypoints')
    members = []
    for name, positions in groups.items():
        columns = np.asarray(positions, dtype=np.int64)
        if not columns.size or (columns < 0).any() or (columns >= count).any():
            raise LandmarkError(
                f'region {name!r} holds the positions {columns.tolist()}; expected at least one, '
                f'each from 0 to {count - 1}'
            )
        members.append(columns)
    return members
