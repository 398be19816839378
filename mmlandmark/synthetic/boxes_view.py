"""A pinhole camera over a table, and what it can see of flat faces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_FOCAL = 1.55  # in sides of the picture
_SLACK = 1e-3  # share of the depth by which a face in front must be nearer


@dataclass(frozen=True)
class Camera:
    """Where a scene is seen from.

    Attributes:
        rotation: (3, 3), from the table to the camera: x to the right, y down, z into the scene.
        distance: From the origin of the table, metres.
        focal: Pixels.
        size: Width and height of the picture, pixels.
    """

    rotation: np.ndarray
    distance: float
    focal: float
    size: int

    @classmethod
    def above(cls, rng: np.random.Generator, size: int) -> Camera:
        """Return a camera that looks at the origin from 2 to 35 degrees off the vertical."""
        angles = rng.uniform(np.deg2rad(55), np.deg2rad(88)), np.deg2rad(rng.normal(0, 5))
        return cls(_looking_down(*angles), rng.uniform(1.25, 1.7), _FOCAL * size, size)

    def coordinates(self, points: np.ndarray) -> np.ndarray:
        """Return points (M, 3) of the table in the frame of the camera."""
        return points @ self.rotation.T + [0, 0, self.distance]

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return pixels (M, 2), from the corner of the picture, and depths (M,) of points."""
        x, y, z = self.coordinates(points).T
        pixels = np.stack([x, y], axis=-1) * (self.focal / z)[:, None] + self.size / 2
        return pixels, z


def inverse_depth(face: np.ndarray, camera: Camera) -> np.ndarray:
    """Return (3,) a, b, c: the plane of a face has the inverse depth a x + b y + c at pixel x, y.

    Args:
        face: (K, 3) corners on one plane, in the frame of the table.
        camera: Where it is seen from.
    """
    corners = camera.coordinates(face)
    normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
    reach = normal @ corners[0]
    if abs(reach) < 1e-12:  # seen exactly edge-on: covers nothing
        return np.zeros(3)
    half = camera.size / 2
    a, b = normal[:2] / camera.focal / reach
    return np.array([a, b, normal[2] / reach - half * (a + b)])


def covers(polygon: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return which places (x, y) lie in a convex polygon (K, 2), whichever way it turns."""
    sides = np.roll(polygon, -1, axis=0) - polygon
    crosses = [
        dx * (y - py) - dy * (x - px)
        for (px, py), (dx, dy) in zip(polygon.tolist(), sides.tolist(), strict=True)
    ]
    left, right = crosses[0] >= 0, crosses[0] <= 0
    for cross in crosses[1:]:
        left, right = left & (cross >= 0), right & (cross <= 0)
    return left | right


def is_hidden(points: np.ndarray, faces: Sequence[np.ndarray], camera: Camera) -> np.ndarray:
    """Return (M,) bool: which points lie behind a face.

    A face does not hide its own corners, nor points that touch it.

    Args:
        points: (M, 3) in the frame of the table.
        faces: Convex polygons (K, 3) in the same frame.
        camera: Where they are seen from.
    """
    pixels, depth = camera.project(points)
    x, y = pixels.T
    hidden = np.zeros(len(points), dtype=bool)
    for face in faces:
        a, b, c = inverse_depth(face, camera)
        in_front = (a * x + b * y + c) * depth > 1 + _SLACK
        hidden |= in_front & covers(camera.project(face)[0], x, y)
    return hidden


def _looking_down(elevation: float, roll: float) -> np.ndarray:
    """The rotation of a camera above the horizon by an angle, radians, rolled about its axis."""
    right = np.array([1.0, 0.0, 0.0])
    into = np.array([0.0, np.cos(elevation), -np.sin(elevation)])
    upright = np.stack([right, np.cross(into, right), into])
    cos, sin = np.cos(roll), np.sin(roll)
    return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]) @ upright
