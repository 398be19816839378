"""Boxes of regions over a picture."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from mmlandmark.schemas import KeypointSchema
from mmlandmark.visualization.drawing import SHADE, draw_points

# told apart by all readers (Okabe and Ito), BGR
_COLORS = (
    *((0, 159, 230), (233, 180, 86), (115, 158, 0), (66, 228, 240)),
    *((178, 114, 0), (0, 94, 213), (167, 121, 204)),
)


def draw_regions(
    picture: np.ndarray,
    points: np.ndarray,
    visible: np.ndarray,
    schema: KeypointSchema,
    boxes: np.ndarray,
    names: Sequence[str],
) -> np.ndarray:
    """Draw keypoints and the boxes of their regions.

    Args:
        picture: (H, W, 3) uint8 BGR; not changed.
        points: (N, K, 2) pixels.
        visible: (N, K); points at 0 are not drawn.
        schema: Names, links and colours.
        boxes: (N, R, 4) x1, y1, x2, y2; NaN: no box.
        names: The R names.

    Returns:
        (H', W', 3) uint8 BGR; enlarged where the picture is small.
    """
    canvas = draw_points(picture, points, visible, schema)
    scale = canvas.shape[1] / picture.shape[1]
    unit = max(1, round(max(canvas.shape[:2]) / 480))
    for instance in boxes:
        for number, (name, box) in enumerate(zip(names, instance, strict=True)):
            if np.isfinite(box).all():
                _draw_box(canvas, (box + 0.5) * scale - 0.5, name, number, unit)
    return canvas


def _draw_box(canvas: np.ndarray, box: np.ndarray, name: str, number: int, unit: int) -> None:
    x1, y1, x2, y2 = (int(value) for value in np.round(box))
    color = _COLORS[number % len(_COLORS)]
    cv2.rectangle(canvas, (x1, y1), (x2, y2), color, unit, cv2.LINE_AA)
    place, font = (x1 + 2 * unit, y2 - 3 * unit), cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(canvas, name, place, font, 0.32 * unit, SHADE, 3 * unit, cv2.LINE_AA)
    cv2.putText(canvas, name, place, font, 0.32 * unit, color, unit, cv2.LINE_AA)
