"""Brushes for drawn dogs: curves through points, soft fills and fur; OpenCV and numpy."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

_SHIFT = 4  # bits of OpenCV's fixed-point coordinates
_BETWEEN = np.linspace(0, 1, 10, endpoint=False)[:, None]

Color = Sequence[float]


def curve(points: np.ndarray, *, closed: bool = True) -> np.ndarray:
    """Return a smooth line (M, 2) through points (P, 2): a Catmull-Rom spline."""
    points = np.asarray(points, dtype=np.float64)
    if closed:
        ring = np.concatenate([points[-1:], points, points[:2]])
    else:
        ring = np.concatenate([points[:1], points, points[-1:]])
    t, parts = _BETWEEN, []
    for a, b, c, d in zip(ring[:-3], ring[1:-2], ring[2:-1], ring[3:], strict=True):
        slope = (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * (b - c) + d - a) * t**3
        parts.append(b + slope / 2)
    return np.concatenate(parts if closed else [*parts, points[-1:]])


def hull(points: np.ndarray) -> np.ndarray:
    """Return the corners (M, 2) of the convex hull of points (P, 2)."""
    return cv2.convexHull(np.asarray(points, dtype=np.float32))[:, 0]


def fill(canvas: np.ndarray, polygon: np.ndarray, color: Color, soft: float = 0.0) -> np.ndarray:
    """Fill a polygon (M, 2) in place, its edge blurred over ``soft`` pixels; return its mask."""
    mask = np.zeros(canvas.shape[:2], np.uint8)
    cv2.fillPoly(mask, [_fixed(polygon)], 255, cv2.LINE_AA, _SHIFT)
    blend(canvas, mask, color, soft)
    return mask


def blend(canvas: np.ndarray, mask: np.ndarray, color: Color, soft: float = 0.0) -> None:
    """Lay a colour over the canvas where a mask (H, W) uint8 says so, in place."""
    place = _around(mask, 3 * soft)
    mask = mask[place]
    if soft > 0 and mask.size:
        mask = cv2.GaussianBlur(mask, (0, 0), soft)
    share = mask[..., None] / np.float32(255)
    canvas[place] += share * (np.asarray(color, dtype=np.float32) - canvas[place])


def stroke(
    canvas: np.ndarray, line: np.ndarray, color: Color, width: float, *, closed: bool = False
) -> None:
    """Draw a line (M, 2) of some pixels' width in place."""
    mask = np.zeros(canvas.shape[:2], np.uint8)
    cv2.polylines(mask, [_fixed(line)], closed, 255, max(1, round(width)), cv2.LINE_AA, _SHIFT)
    blend(canvas, mask, color)


def disc(canvas: np.ndarray, center: np.ndarray, radius: float, color: Color) -> None:
    """Draw a disc in place."""
    around = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    ring = np.stack([np.cos(around), np.sin(around)], axis=-1)
    fill(canvas, center + radius * ring, color)


def coarse_hairs(side: int, rng: np.random.Generator) -> np.ndarray:
    """Return a field (side, side) float32 of short hairs and broad patches, around 0.

    One field serves a whole picture, so that a part that moves a little changes only what is near.
    """
    grain = rng.standard_normal((side, side), dtype=np.float32)
    hairs = cv2.GaussianBlur(grain, (0, 0), sigmaX=0.8, sigmaY=3.0)
    patches = rng.standard_normal((6, 6), dtype=np.float32)
    patches = cv2.resize(patches, (side, side), interpolation=cv2.INTER_CUBIC)
    return hairs / float(hairs.std()) + 0.6 * patches


def fur(canvas: np.ndarray, mask: np.ndarray, strength: float, hairs: np.ndarray) -> None:
    """Roughen what lies under a mask in place, along the hairs of ``coarse_hairs``."""
    place = _around(mask)
    share = mask[place] * np.float32(strength / 255)
    canvas[place] *= 1 + (hairs[place] * share)[..., None]


def dome(canvas: np.ndarray, mask: np.ndarray, light: np.ndarray, depth: float) -> None:
    """Shade what lies under a mask like something round, lit from a direction (2,), in place."""
    place = _around(mask, 2)
    mask = np.ascontiguousarray(mask[place])
    if not mask.any():
        return
    height = cv2.distanceTransform((mask > 127).astype(np.uint8), cv2.DIST_L2, 3)
    height = np.sqrt(height / max(float(height.max()), 1.0))
    height = cv2.GaussianBlur(height, (0, 0), max(mask.shape) / 25)
    slope = cv2.Sobel(height, cv2.CV_32F, 1, 0) * np.float32(light[0])
    slope += cv2.Sobel(height, cv2.CV_32F, 0, 1) * np.float32(light[1])
    tone = (0.78 + 0.26 * height - depth * slope).clip(0.5, 1.25)
    canvas[place] *= 1 + ((tone - 1) * (mask / np.float32(255)))[..., None]


def _around(mask: np.ndarray, margin: float = 0.0) -> tuple[slice, slice]:
    """The part of a mask that is not empty: most parts of a face are small."""
    x, y, width, height = cv2.boundingRect(mask)
    room = int(np.ceil(margin))
    return slice(max(y - room, 0), y + height + room), slice(max(x - room, 0), x + width + room)


def _fixed(points: np.ndarray) -> np.ndarray:
    return np.round(np.asarray(points) * (1 << _SHIFT)).astype(np.int32)
