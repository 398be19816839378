"""Pictures of drawn boxes: faces by nearness, with light, shadows and things that are no boxes."""

from __future__ import annotations

import cv2
import numpy as np

from mmlandmark.synthetic.boxes import BoxScene
from mmlandmark.synthetic.boxes_shape import BoxShape
from mmlandmark.synthetic.boxes_view import Camera, covers, inverse_depth

_FINE = 3  # drawn so many times larger, then averaged: smooth edges at small size
_CARDBOARD = ((88, 128, 172), (104, 146, 190), (70, 108, 150), (120, 150, 178), (150, 168, 186))
_PAINTED = ((190, 190, 190), (120, 96, 70), (80, 120, 84), (66, 66, 120))


def render_boxes(scene: BoxScene) -> np.ndarray:
    """Draw one scene.

    Returns:
        (size, size, 3) uint8, BGR; the same scene always looks the same.
    """
    rng = np.random.default_rng((*scene.seed, 1))
    light = _light(rng)
    canvas = _Canvas(scene.camera)
    canvas.pixels[:] = _table(canvas.side, rng)
    for shape in _lying_flat(rng):
        canvas.paint(shape, rng.uniform(40, 230, 3))
    canvas.shade(_shadow(canvas, scene, light, rng))
    for box in scene.boxes:
        _draw_box(canvas, box, light, rng)
    for plank in scene.planks:
        canvas.add(plank, rng.uniform(40, 230, 3))
    canvas.trace_edges(rng.uniform(0.55, 0.8))
    return _photographed(canvas.pixels, scene.camera.size, rng)


class _Canvas:
    """Pixels (side, side, 3) float32 with, for each, the nearest face and its inverse depth."""

    def __init__(self, camera: Camera) -> None:
        self.camera, self.side = camera, camera.size * _FINE
        self.pixels = np.zeros((self.side, self.side, 3), dtype=np.float32)
        self._near = np.zeros((self.side, self.side))
        self._face = np.zeros((self.side, self.side), dtype=np.int32)
        self._count = 0

    def cover(self, shape: np.ndarray) -> tuple[tuple[slice, slice], np.ndarray, tuple]:
        """Where a polygon (K, 3) lies: a part of the canvas, a mask of it, and its x and y."""
        polygon = self.camera.project(shape)[0]
        low = np.floor(polygon.min(axis=0) * _FINE).astype(int).clip(0, self.side)
        high = np.ceil(polygon.max(axis=0) * _FINE).astype(int).clip(0, self.side)
        x = (np.arange(low[0], high[0]) + 0.5) / _FINE
        y = (np.arange(low[1], high[1])[:, None] + 0.5) / _FINE
        return (slice(low[1], high[1]), slice(low[0], high[0])), covers(polygon, x, y), (x, y)

    def paint(self, shape: np.ndarray, color: np.ndarray) -> None:
        """Fill a polygon that lies on the table."""
        place, mask, _ = self.cover(shape)
        self.pixels[place][mask] = color

    def add(self, shape: np.ndarray, color: np.ndarray) -> None:
        """Fill a polygon where nothing drawn with ``add`` is nearer."""
        place, mask, (x, y) = self.cover(shape)
        a, b, c = inverse_depth(shape, self.camera)
        near = a * x + b * y + c
        mask &= near > self._near[place]
        self._count += 1
        self._near[place][mask] = near[mask]
        self._face[place][mask] = self._count
        self.pixels[place][mask] = color

    def shade(self, share: np.ndarray) -> None:
        """Multiply all pixels by (side, side)."""
        self.pixels *= share[..., None]

    def trace_edges(self, share: float) -> None:
        """Darken the pixels in which one face ends and another begins."""
        edges = np.zeros(self._face.shape, dtype=np.uint8)
        edges[:, 1:] |= self._face[:, 1:] != self._face[:, :-1]
        edges[1:] |= self._face[1:] != self._face[:-1]
        self.pixels[cv2.dilate(edges, np.ones((2, 2), np.uint8)) > 0] *= share


def _light(rng: np.random.Generator) -> np.ndarray:
    """The direction (3,) that light comes from."""
    angle, height = rng.uniform(0, 2 * np.pi), rng.uniform(0.9, 2.0)
    light = np.array([np.cos(angle), np.sin(angle), height])
    return light / np.linalg.norm(light)


def _table(side: int, rng: np.random.Generator) -> np.ndarray:
    """A plain or grained surface, lighter on one side."""
    tint = rng.uniform(60, 225) + rng.uniform(-22, 22, 3)
    slope = rng.uniform(0.8, 1.15, (2, 2)).astype(np.float32)
    grain = rng.standard_normal((12, rng.choice([12, 64]))).astype(np.float32)
    grain = cv2.resize(grain, (side, side), interpolation=cv2.INTER_CUBIC)
    tone = cv2.resize(slope, (side, side)) * (1 + rng.uniform(0, 0.06) * grain)
    return tint.astype(np.float32) * tone[..., None]


def _lying_flat(rng: np.random.Generator) -> list[np.ndarray]:
    """Sheets, tapes and discs on the table: corners and edges that are no keypoints."""
    shapes = []
    for _ in range(rng.integers(0, 6)):
        kind = rng.choice(['sheet', 'tape', 'disc'])
        turn = np.linspace(0, 2 * np.pi, 4 if kind != 'disc' else 20, endpoint=False)
        ring = np.stack([np.cos(turn + np.pi / 4), np.sin(turn + np.pi / 4)], axis=-1)
        size = {
            'sheet': rng.uniform(0.08, 0.2, 2),
            'tape': np.array([rng.uniform(0.3, 1.0), rng.uniform(0.01, 0.03)]),
            'disc': np.full(2, rng.uniform(0.02, 0.1)),
        }[kind]
        angle = rng.uniform(0, np.pi)
        cos, sin = np.cos(angle), np.sin(angle)
        flat = (ring * size) @ np.array([[cos, sin], [-sin, cos]]) + rng.uniform(-0.6, 0.6, 2)
        shapes.append(np.column_stack([flat, np.zeros(len(flat))]))
    return shapes


def _shadow(
    canvas: _Canvas, scene: BoxScene, light: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """How much light (side, side) float32 reaches the table."""
    dark = np.zeros((canvas.side, canvas.side), dtype=np.float32)
    for face in (*scene.planks, *(face for box in scene.boxes for face in box.faces)):
        place, mask, _ = canvas.cover(face - face[:, 2:] / light[2] * light)
        dark[place][mask] = 1
    soft = cv2.GaussianBlur(dark, (0, 0), rng.uniform(0.5, 2.5) * _FINE)
    return 1 - rng.uniform(0.15, 0.5) * soft


def _draw_box(canvas: _Canvas, box: BoxShape, light: np.ndarray, rng: np.random.Generator) -> None:
    kinds = _CARDBOARD if rng.random() < 0.8 else _PAINTED
    color = np.array(kinds[rng.integers(len(kinds))]) * rng.uniform(0.85, 1.15, 3)
    for face, inside, is_print in zip(box.faces, box.inside, box.prints, strict=True):
        normal = np.cross(face[1] - face[0], face[2] - face[0])
        lit = 0.55 + 0.5 * abs(normal @ light) / np.linalg.norm(normal)
        paint = rng.uniform(30, 230, 3) if is_print else color
        tone = lit * (0.5 if inside else 1.0) * rng.uniform(0.94, 1.06)
        canvas.add(face, (paint * tone).clip(0, 255))


def _photographed(pixels: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Bring to size, with the light, the blur and the noise of a picture."""
    small = cv2.resize(pixels, (size, size), interpolation=cv2.INTER_AREA)
    small = small * rng.uniform(0.85, 1.1) * rng.uniform(0.95, 1.05, 3)
    small = cv2.GaussianBlur(small, (0, 0), rng.uniform(0.3, 0.7) * size / 128)
    small += rng.normal(0, rng.uniform(1, 5), small.shape)
    return small.clip(0, 255).astype(np.uint8)
