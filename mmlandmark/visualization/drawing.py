"""Keypoints and their links on pictures, legible at any picture size."""

from __future__ import annotations

import cv2
import numpy as np

from mmlandmark.schemas import KeypointSchema
from mmlandmark.visualization.schema_colors import drawing_colors

MIN_SIDE = 480  # smaller pictures are enlarged until their longer side has so many pixels
GAP = 4
SHADE = (40, 40, 40)


def draw_side_by_side(
    image: np.ndarray,
    left_points: np.ndarray,
    left_visible: np.ndarray,
    left_schema: KeypointSchema,
    right_points: np.ndarray,
    right_visible: np.ndarray,
    right_schema: KeypointSchema,
    right_inferred: np.ndarray | None = None,
    *,
    numbers: bool = False,
) -> np.ndarray:
    """Draw one picture twice, with the points of two schemas.

    Args:
        image: (H, W, 3) uint8, BGR.
        left_points: (S, 2) or (N, S, 2) pixels of ``image``.
        left_visible: (S,) or (N, S) COCO v; points with v 0 are not drawn.
        left_schema: Names, links and colours of the left points.
        right_points: (T, 2) or (N, T, 2).
        right_visible: (T,) or (N, T).
        right_schema: Schema of the right points.
        right_inferred: (T,) or (N, T) bool; inferred points are drawn hollow.
        numbers: Whether to write the position of every keypoint beside it.

    Returns:
        (H', W', 3) uint8, BGR: both panels, each with the schema's name; enlarged where the
        picture is small.
    """
    left = draw_points(image, left_points, left_visible, left_schema, numbers=numbers)
    right = draw_points(
        image, right_points, right_visible, right_schema, right_inferred, numbers=numbers
    )
    gap = np.full((left.shape[0], GAP, 3), 255, dtype=np.uint8)
    return np.concatenate([left, gap, right], axis=1)


def draw_points(
    image: np.ndarray,
    points: np.ndarray,
    visible: np.ndarray,
    schema: KeypointSchema,
    inferred: np.ndarray | None = None,
    *,
    numbers: bool = False,
) -> np.ndarray:
    """Draw the points of one or several instances and the name of their schema.

    Args:
        image: (H, W, 3) uint8, BGR; not changed.
        points: (K, 2) or (N, K, 2) pixels of ``image``.
        visible: (K,) or (N, K) COCO v; points with v 0 are not drawn.
        schema: Names, links and colours.
        inferred: (K,) or (N, K) bool; these points are drawn hollow.
        numbers: Whether to write the position of every keypoint beside it.

    Returns:
        (H', W', 3) uint8, BGR; enlarged where the picture is small.
    """
    scale = max(1.0, MIN_SIDE / max(image.shape[:2]))
    canvas = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    count = schema.num_keypoints
    # Pixel centres are at whole numbers, so the corner of the picture is at -0.5.
    points = (np.asarray(points, dtype=np.float64).reshape(-1, count, 2) + 0.5) * scale - 0.5
    shown = (np.asarray(visible).reshape(-1, count) > 0) & np.isfinite(points).all(axis=-1)
    hollow = np.zeros_like(shown) if inferred is None else np.asarray(inferred, dtype=bool)
    hollow = hollow.reshape(-1, count)
    unit = max(1, round(max(canvas.shape[:2]) / 320))
    for instance, labelled, empty in zip(points, shown, hollow, strict=True):
        own = min(unit, _unit_of(instance[labelled]))
        _draw_instance(canvas, instance, labelled, empty, schema, own)
        if numbers:
            _number(canvas, instance, labelled, own)
    _write(canvas, schema.name, (4 * unit, 10 * unit), 0.3 * unit, unit)
    return canvas


def _unit_of(points: np.ndarray) -> float:
    """The largest width of lines at which the marks of an instance do not hide each other."""
    if len(points) < 3:
        return np.inf
    return max(1, round(float(np.ptp(points, axis=0).max()) / 100))


def _draw_instance(
    canvas: np.ndarray,
    points: np.ndarray,
    shown: np.ndarray,
    hollow: np.ndarray,
    schema: KeypointSchema,
    unit: int,
) -> None:
    # Far outside the picture OpenCV's integers overflow.
    limit = 8 * max(canvas.shape)
    places = [
        tuple(map(int, place))
        for place in np.clip(np.round(np.where(shown[:, None], points, 0)), -limit, limit)
    ]
    for (first, second), color in zip(schema.skeleton, schema.skeleton_colors, strict=True):
        a, b = schema.index(first), schema.index(second)
        if shown[a] and shown[b]:
            cv2.line(canvas, places[a], places[b], _bgr(color), unit, cv2.LINE_AA)
    colors = drawing_colors(schema)
    radius = 2 * unit if schema.num_keypoints < 40 else max(2, round(1.4 * unit))
    for index in np.flatnonzero(shown):
        color = _bgr(colors[index])
        cv2.circle(canvas, places[index], radius + 1, SHADE, -1, cv2.LINE_AA)
        cv2.circle(canvas, places[index], radius, color, -1, cv2.LINE_AA)
        if hollow[index]:
            inner = max(1, radius - unit)
            cv2.circle(canvas, places[index], inner, (255, 255, 255), -1, cv2.LINE_AA)


def _number(canvas: np.ndarray, points: np.ndarray, shown: np.ndarray, unit: int) -> None:
    height, width = canvas.shape[:2]
    for index in np.flatnonzero(shown).tolist():
        x, y = np.round(points[index]).tolist()
        if 0 <= x < width and 0 <= y < height:
            place = int(x) + 2 * unit, int(y) - 2 * unit
            _write(canvas, str(index), place, 0.25 * unit, max(1, unit // 2))


def _write(canvas: np.ndarray, text: str, place: tuple[int, int], size: float, width: int) -> None:
    font = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(canvas, text, place, font, size, SHADE, 3 * width, cv2.LINE_AA)
    cv2.putText(canvas, text, place, font, size, (255, 255, 255), width, cv2.LINE_AA)


def _bgr(color: tuple[int, int, int]) -> tuple[int, int, int]:
    red, green, blue = color
    return int(blue), int(green), int(red)
