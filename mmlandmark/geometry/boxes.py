"""Boxes around labelled keypoints, their overlap, and their two notations."""

from __future__ import annotations

import numpy as np


def boxes_from_points(points: np.ndarray, visible: np.ndarray, padding: float = 0.0) -> np.ndarray:
    """Return the tight box of the labelled keypoints of each instance.

    Args:
        points: (N, K, 2) coordinates; what stands at unlabelled points has no influence.
        visible: (N, K), labelled where above zero.
        padding: How far each side moves outwards, as a share of the box's width or height.

    Returns:
        (N, 4) float64 x1, y1, x2, y2; a row of NaN where no point is labelled.
    """
    points = np.asarray(points, dtype=np.float64)
    labelled = (np.asarray(visible) > 0)[..., None]
    low = np.where(labelled, points, np.inf).min(axis=1, initial=np.inf)
    high = np.where(labelled, points, -np.inf).max(axis=1, initial=-np.inf)
    empty = ~labelled.any(axis=(1, 2))
    low[empty] = high[empty] = np.nan
    margin = (high - low) * padding
    return np.concatenate([low - margin, high + margin], axis=1)


def box_iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the intersection over union of every pair of boxes.

    Args:
        a: (N, 4) x1, y1, x2, y2.
        b: (M, 4) x1, y1, x2, y2.

    Returns:
        (N, M) float64; 0 where both boxes are empty, NaN where a box is NaN.
    """
    a, b = np.asarray(a, dtype=np.float64)[:, None], np.asarray(b, dtype=np.float64)[None]
    low, high = np.maximum(a[..., :2], b[..., :2]), np.minimum(a[..., 2:], b[..., 2:])
    overlap = np.clip(high - low, 0, None).prod(axis=-1)
    union = _area(a) + _area(b) - overlap
    return np.divide(overlap, union, out=np.zeros_like(union), where=union != 0)


def xywh_to_xyxy(boxes: np.ndarray) -> np.ndarray:
    """Turn (..., 4) boxes of corner and size into boxes of two corners, float64."""
    boxes = np.asarray(boxes, dtype=np.float64)
    return np.concatenate([boxes[..., :2], boxes[..., :2] + boxes[..., 2:]], axis=-1)


def xyxy_to_xywh(boxes: np.ndarray) -> np.ndarray:
    """Turn (..., 4) boxes of two corners into boxes of corner and size, float64."""
    boxes = np.asarray(boxes, dtype=np.float64)
    return np.concatenate([boxes[..., :2], boxes[..., 2:] - boxes[..., :2]], axis=-1)


def _area(boxes: np.ndarray) -> np.ndarray:
    return np.clip(boxes[..., 2:] - boxes[..., :2], 0, None).prod(axis=-1)
