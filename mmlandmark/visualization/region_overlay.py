"""Boxes of regions over a picture."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from mmlandmark.schemas import KeypointSchema
from mmlandmark.visualization.drawing import SHADE, draw_points

_FONT = cv2.FONT_HERSHEY_SIMPLEX
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
    shown = [
        (number, np.round((box + 0.5) * scale - 0.5).astype(int))
        for instance in boxes
        for number, box in enumerate(instance)
        if np.isfinite(box).all()
    ]
    for number, box in shown:
        corners = tuple(map(int, box[:2])), tuple(map(int, box[2:]))
        cv2.rectangle(canvas, *corners, _color(number), unit, cv2.LINE_AA)
    sizes = [_text_size(names[number], unit) for number, _ in shown]
    places = label_places([box for _, box in shown], sizes, canvas.shape[1::-1])
    for (number, _), (x, y), (_, height) in zip(shown, places, sizes, strict=True):
        for color, width in ((SHADE, 3 * unit), (_color(number), unit)):
            place = (x + unit, y + height - 2 * unit)
            cv2.putText(canvas, names[number], place, _FONT, 0.32 * unit, color, width, cv2.LINE_AA)
    return canvas


def label_places(
    boxes: Sequence[np.ndarray], sizes: Sequence[tuple[int, int]], canvas: Sequence[int]
) -> list[tuple[int, int]]:
    """Return where the labels of boxes go: outside of the box, and not over another label.

    Args:
        boxes: x1, y1, x2, y2 each, pixels of the canvas.
        sizes: Width and height of each label.
        canvas: Width and height.

    Returns:
        Left upper corner of each label, inside the canvas. Above or below the box at either end,
        the first that is free, else one height further away and so on; above it where all of the
        canvas is taken.
    """
    taken: list[tuple[int, int, int, int]] = []
    for (x1, y1, x2, y2), (width, height) in zip(boxes, sizes, strict=True):
        left, right = int(x1), int(x2) - width
        spots = [
            (x, y)
            for step in range(canvas[1] // max(height, 1) + 1)
            for y in (int(y1) - (step + 1) * height, int(y2) + 1 + step * height)
            for x in (left, right)
        ]
        rows = [_inside(*spot, width, height, canvas) for spot in spots]
        free = (row for row in rows if not any(_overlap(row, other) for other in taken))
        taken.append(next(free, rows[0]))
    return [row[:2] for row in taken]


def _inside(
    x: int, y: int, width: int, height: int, canvas: Sequence[int]
) -> tuple[int, int, int, int]:
    x, y = max(0, min(x, canvas[0] - width)), max(0, min(y, canvas[1] - height))
    return x, y, x + width, y + height


def _overlap(one: Sequence[int], other: Sequence[int]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _text_size(name: str, unit: int) -> tuple[int, int]:
    (width, height), below = cv2.getTextSize(name, _FONT, 0.32 * unit, 3 * unit)
    return width + 2 * unit, height + below


def _color(number: int) -> tuple[int, int, int]:
    return _COLORS[number % len(_COLORS)]
