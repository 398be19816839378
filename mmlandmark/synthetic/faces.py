"""Random faces in random poses, as points in pictures."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import get_schema
from mmlandmark.synthetic.head import EXPRESSION, IDENTITY, HeadShape
from mmlandmark.synthetic.landmarks import face48_points, face68_points, stack_points

SOURCE, TARGET = 'face68', 'face48'
IMAGE_SIZE = 256
_CENTRE = np.array([0.0, 0.35, -0.6])  # of the ellipsoid that tells which side of the head is seen
_RADII = np.array([0.85, 1.1, 0.75])


@dataclass(frozen=True)
class Camera:
    """Pose and place of N faces under weak perspective.

    Args:
        yaw: (N,) radians, positive towards the person's right.
        pitch: (N,) radians, positive downwards.
        roll: (N,) radians, clockwise in the picture.
        scale: (N,) pixels per unit of the head.
        shift: (N, 2) where the origin of the head lies, pixels.
    """

    yaw: np.ndarray
    pitch: np.ndarray
    roll: np.ndarray
    scale: np.ndarray
    shift: np.ndarray

    def rotate(self, points: np.ndarray) -> np.ndarray:
        """Return points (N, K, 3) of the head in the axes of the picture."""
        return np.einsum('nij,nkj->nki', self._rotation(), points)

    def project(self, points: np.ndarray) -> np.ndarray:
        """Return points (N, K, 3) of the head as pixels (N, K, 2)."""
        return self.rotate(points)[..., :2] * self.scale[:, None, None] + self.shift[:, None]

    def _rotation(self) -> np.ndarray:
        one, zero = np.ones_like(self.yaw), np.zeros_like(self.yaw)

        def matrix(*rows: tuple[np.ndarray, ...]) -> np.ndarray:
            return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)

        c, s = np.cos(self.yaw), np.sin(self.yaw)
        turn = matrix((c, zero, s), (zero, one, zero), (-s, zero, c))
        c, s = np.cos(self.pitch), np.sin(self.pitch)
        nod = matrix((one, zero, zero), (zero, c, s), (zero, -s, c))
        c, s = np.cos(self.roll), np.sin(self.roll)
        tilt = matrix((c, -s, zero), (s, c, zero), (zero, zero, one))
        return tilt @ nod @ turn


@dataclass(frozen=True)
class SyntheticFaces:
    """N faces labelled in two schemas.

    Attributes:
        shape: Who they are and what they do.
        camera: How they are seen.
        identity: (N,) int64, the person; one person has several pictures.
        source_points: (N, 68, 2) pixels, with the noise of an annotator; 0 where not labelled.
        source_visible: (N, 68) uint8, COCO v: 0 not labelled, 1 hidden by the head, 2 seen.
        target_points: (N, 48, 2) pixels.
        target_visible: (N, 48) uint8.
        seed: What they were made from.
    """

    shape: HeadShape
    camera: Camera
    identity: np.ndarray
    source_points: np.ndarray
    source_visible: np.ndarray
    target_points: np.ndarray
    target_visible: np.ndarray
    seed: int

    def __len__(self) -> int:
        return len(self.identity)


def make_faces(
    count: int, *, seed: int = 0, pictures_per_identity: int = 5, noise: float = 0.006
) -> SyntheticFaces:
    """Make faces; the same arguments give the same ones.

    Args:
        count: How many pictures.
        seed: Of the random numbers.
        pictures_per_identity: Pictures of one person, in different poses and expressions.
        noise: Standard deviation of an annotator's click, in outer eye distances; twice that
            where the head hides the point.

    Raises:
        LandmarkError: ``count`` or ``pictures_per_identity`` is below one.
    """
    if count < 1 or pictures_per_identity < 1:
        raise LandmarkError(
            f'{count} faces with {pictures_per_identity} pictures a person; expected at least 1'
        )
    rng = np.random.default_rng(seed)
    identity = np.arange(count) // pictures_per_identity
    shape = _random_shape(rng, identity)
    camera = _random_camera(rng, count)
    sides = []
    for schema, points in (
        (SOURCE, face68_points(shape, camera.yaw)),
        (TARGET, face48_points(shape)),
    ):
        solid = stack_points(points, get_schema(schema).keypoints)
        hidden = hidden_points(solid, camera)
        if schema == SOURCE:
            # The jaw is clicked on the outline, which is always seen.
            hidden[:, get_schema(schema).indices('jaw')] = False
        spread = noise * camera.scale[:, None] * np.where(hidden, 2.0, 1.0)
        flat = camera.project(solid) + rng.normal(size=(*hidden.shape, 2)) * spread[..., None]
        visible = _visibility(rng, hidden)
        sides += [np.where(visible[..., None] > 0, flat, 0.0), visible]
    return SyntheticFaces(shape, camera, identity, *sides, seed=seed)


def hidden_points(points: np.ndarray, camera: Camera) -> np.ndarray:
    """Return (N, K) bool: points (N, K, 3) that lie on the far side of the head."""
    normals = (points - _CENTRE) / _RADII**2
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    return camera.rotate(normals)[..., 2] < 0.08


def _random_shape(rng: np.random.Generator, identity: np.ndarray) -> HeadShape:
    people, count = int(identity.max()) + 1, len(identity)
    person = np.clip(rng.normal(size=(people, len(IDENTITY))), -2.2, 2.2)[identity]
    happy = rng.random(count)
    expression = {
        'mouth_open': np.clip(rng.normal(-0.1, 0.45, count), 0, 1.2),
        'smile': np.clip(1.6 * happy - 0.6, -0.3, 1),
        'brow_raise': rng.normal(0, 0.5, count),
        'blink': np.where(rng.random(count) < 0.06, 1, 0.25 * rng.random(count)),
        'gaze_x': np.clip(rng.normal(0, 0.6, count), -1.5, 1.5),
        'gaze_y': np.clip(rng.normal(0, 0.5, count), -1, 1),
    }
    values = dict(zip(IDENTITY, person.T, strict=True)) | {k: expression[k] for k in EXPRESSION}
    return HeadShape(**{field.name: values[field.name] for field in fields(HeadShape)})


def _random_camera(rng: np.random.Generator, count: int) -> Camera:
    def angles(degrees: float, limit: float) -> np.ndarray:
        return np.deg2rad(np.clip(rng.normal(0, degrees, count), -limit, limit))

    middle = np.array([0.5, 0.40]) * IMAGE_SIZE
    return Camera(
        yaw=angles(22, 55),
        pitch=angles(9, 25),
        roll=angles(7, 25),
        scale=rng.uniform(0.30, 0.38, count) * IMAGE_SIZE,
        shift=middle + rng.normal(0, 0.015 * IMAGE_SIZE, (count, 2)),
    )


def _visibility(rng: np.random.Generator, hidden: np.ndarray) -> np.ndarray:
    """Hidden points are guessed in most pictures and left out in others; a few are forgotten."""
    careless = rng.random((len(hidden), 1)) < 0.35
    forgotten = rng.random(hidden.shape) < 0.004
    visible = np.where(hidden, np.where(careless, 0, 1), 2)
    return np.where(forgotten, 0, visible).astype(np.uint8)
