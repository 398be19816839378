"""Keypoints of channels on pictures: a colour per channel, any number of points in each."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

MIN_SIDE = 480  # smaller pictures are enlarged until their longer side has so many pixels
# red, green, blue of Okabe and Ito, told apart by readers with a colour vision deficiency too
_COLORS = ((230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (204, 121, 167))
_COLORS = (*_COLORS, (213, 94, 0), (0, 114, 178))
_SHADE, _WHITE = (40, 40, 40), (255, 255, 255)
_BITS = 4  # of OpenCV's fixed-point coordinates


def channel_color(channel: int) -> tuple[int, int, int]:
    """Return blue, green and red of a channel by its position; they repeat after some."""
    red, green, blue = _COLORS[channel % len(_COLORS)]
    return blue, green, red


def enlarge(picture: np.ndarray, side: int = MIN_SIDE) -> tuple[np.ndarray, float]:
    """Return a picture whose longer side has at least so many pixels, and the factor.

    Args:
        picture: (H, W, 3) uint8.
        side: Pixels.
    """
    scale = max(1.0, side / max(picture.shape[:2]))
    size = tuple(max(1, round(scale * length)) for length in picture.shape[1::-1])
    return cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC), scale


def draw_channel_points(
    picture: np.ndarray,
    points: np.ndarray,
    channel_ids: np.ndarray,
    channels: Sequence[str],
) -> np.ndarray:
    """Draw points in the colours of their channels, and the names and counts of the channels.

    Args:
        picture: (H, W, 3) uint8, BGR; not changed.
        points: (P, 2) pixels of ``picture``, from its corner; those that are not finite are left
            out.
        channel_ids: (P,) positions in ``channels``.
        channels: Names.

    Returns:
        (H', W', 3) uint8, BGR; enlarged where the picture is small.
    """
    canvas, scale = enlarge(picture)
    points = np.asarray(points).reshape(-1, 2)
    channel_ids = np.asarray(channel_ids, dtype=np.int64)
    unit = max(1, round(max(canvas.shape[:2]) / 320))
    for row in np.flatnonzero(np.isfinite(points).all(axis=1)).tolist():
        draw_dot(canvas, scale * points[row], 2 * unit, channel_color(int(channel_ids[row])))
    counts = np.bincount(channel_ids, minlength=len(channels))
    for line, (name, count) in enumerate(zip(channels, counts.tolist(), strict=True)):
        place = np.array([4, 10 * (line + 1)]) * unit
        write_text(canvas, f'{count} {name}', place, 0.3 * unit, channel_color(line))
    return canvas


def draw_dot(
    canvas: np.ndarray, place: np.ndarray, radius: float, color: tuple[int, int, int]
) -> None:
    """Draw a disc with a dark rim around a place (2,), pixels from the corner, in place."""
    center = fixed_point(place, canvas)
    for extra, fill in ((1, _SHADE), (0, color)):
        size = round((radius + extra) * (1 << _BITS))
        cv2.circle(canvas, center, size, fill, -1, cv2.LINE_AA, _BITS)


def draw_ring(
    canvas: np.ndarray, place: np.ndarray, radius: float, color: tuple[int, int, int], width: int
) -> None:
    """Draw a ring around a place (2,), pixels from the corner, in place."""
    size = round(radius * (1 << _BITS))
    cv2.circle(canvas, fixed_point(place, canvas), size, color, width, cv2.LINE_AA, _BITS)


def fixed_point(place: np.ndarray, canvas: np.ndarray) -> tuple[int, int]:
    """Return a place as OpenCV takes it: centres at whole numbers, with bits behind the point."""
    # far outside the picture OpenCV's integers overflow
    limit = 8 * max(canvas.shape)
    x, y = np.clip(np.asarray(place, dtype=np.float64) - 0.5, -limit, limit)
    return round(x * (1 << _BITS)), round(y * (1 << _BITS))


def write_text(
    canvas: np.ndarray,
    text: str,
    place: np.ndarray,
    size: float,
    color: tuple[int, int, int] = _WHITE,
) -> None:
    """Write with a dark rim, the lower left corner at a place (2,), in place."""
    font, origin, width = cv2.FONT_HERSHEY_SIMPLEX, tuple(map(int, place)), max(1, round(3 * size))
    cv2.putText(canvas, text, origin, font, size, _SHADE, 3 * width, cv2.LINE_AA)
    cv2.putText(canvas, text, origin, font, size, color, width, cv2.LINE_AA)
