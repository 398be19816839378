"""Drawn dogs: faces of random breeds in random places, as points in pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.synthetic.dogs_shapes import DogShapes

_ROOM = 0.06  # least distance of the points to the edges, in sides of the picture
_ROLL = 9.0  # degrees
_WITHIN = 0.15  # how far the dogs of a breed differ in shape, in spreads


@dataclass(frozen=True)
class DrawnDogs:
    """N faces, each alone in a picture.

    Attributes:
        points: (N, 46, 2) float64 pixels, schema ``dogflw46``; all lie in the picture.
        breed: (N,) int64; dogs of one breed have similar shapes and coats.
        seed: What they were made from.
        size: Width and height of the pictures, pixels.
    """

    points: np.ndarray
    breed: np.ndarray
    seed: int
    size: int

    def __len__(self) -> int:
        return len(self.breed)


def make_dogs(
    shapes: DogShapes, count: int, *, seed: int = 0, per_breed: int = 5, size: int = 160
) -> DrawnDogs:
    """Make faces; the same arguments give the same ones.

    Args:
        shapes: Where the faces are drawn from.
        count: How many pictures.
        seed: Of the random numbers.
        per_breed: Pictures of one breed.
        size: Width and height of the pictures, pixels.

    Raises:
        LandmarkError: ``count`` or ``per_breed`` below 1, ``size`` below 32, or a negative seed.
    """
    if count < 1 or per_breed < 1 or size < 32:
        raise LandmarkError(
            f'{count} dogs, {per_breed} of a breed, pictures of {size} pixels; expected at least '
            '1, 1 and 32'
        )
    if seed < 0:
        raise LandmarkError(f'seed {seed}; expected 0 or more')
    rng = np.random.default_rng(seed)
    breed = np.arange(count) // per_breed
    kinds = shapes.breeds(int(breed.max()) + 1, rng)
    faces = shapes.points(shapes.near(kinds[breed], rng, _WITHIN))
    return DrawnDogs(_placed(faces, size, rng), breed, seed, size)


def _placed(faces: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Turn faces a little and put them somewhere in the picture, whole."""
    angle = np.deg2rad(rng.normal(0, _ROLL, len(faces)).clip(-25, 25))
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.stack([np.stack([cos, sin], -1), np.stack([-sin, cos], -1)], -2)
    faces = faces @ turn
    low, high = faces.min(axis=1), faces.max(axis=1)
    room = size * (1 - 2 * _ROOM)
    scale = room * rng.uniform(0.62, 1.0, len(faces)) / (high - low).max(axis=1)
    free = room - (high - low) * scale[:, None]
    corner = size * _ROOM + rng.uniform(0, 1, (len(faces), 2)) * free
    return (faces - low[:, None]) * scale[:, None, None] + corner[:, None] - 0.5
