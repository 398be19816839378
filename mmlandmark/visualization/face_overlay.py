"""Faces on their picture: box, links and points."""

from __future__ import annotations

import cv2
import numpy as np

from mmlandmark.schemas import KeypointSchema
from mmlandmark.visualization.drawing import draw_points

_BOX_COLOR = (80, 220, 80)


def draw_faces(
    picture: np.ndarray, points: np.ndarray, boxes: np.ndarray, schema: KeypointSchema
) -> np.ndarray:
    """Draw the points and the box of every face.

    Args:
        picture: (H, W, 3) uint8, BGR; not changed.
        points: (N, K, 2) pixels of ``picture``; N may be 0.
        boxes: (N, 4) x1, y1, x2, y2.
        schema: Names, links and colours.

    Returns:
        (H', W', 3) uint8, BGR; enlarged where the picture is small.
    """
    canvas = picture.copy()
    width = max(1, round(max(canvas.shape[:2]) / 400))
    # Far outside the picture OpenCV's integers overflow.
    limit = 8 * max(canvas.shape)
    for x1, y1, x2, y2 in np.clip(np.round(boxes), -limit, limit).astype(int).tolist():
        cv2.rectangle(canvas, (x1, y1), (x2, y2), _BOX_COLOR, width)
    return draw_points(canvas, points, np.ones(np.shape(points)[:2]), schema)
