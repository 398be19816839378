"""Drawn boxes: cardboard boxes with flaps on a table, seen by a camera from above."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.synthetic.boxes_shape import CHANNELS, BoxShape, make_box
from mmlandmark.synthetic.boxes_view import Camera, is_hidden

_NUMBERS = (0.06, 0.66, 0.24, 0.04)  # how often a picture has 0, 1, 2 and 3 boxes
_PLANKS = (0.75, 0.22, 0.03)  # how often 0, 1 and 2 planks
_AROUND = ((-1, -1), (1, -1), (1, 1), (-1, 1))
_TRIES = 60
_APART = 4.0  # pixels between two points of a channel: closer ones no map can tell apart
_MARGIN = 2.0  # pixels: a point nearer to the edge is as good as outside


@dataclass(frozen=True)
class BoxScene:
    """What one picture shows.

    Attributes:
        camera: Where it is seen from.
        boxes: In the frame of the table.
        planks: (4, 3) each, in the same frame: narrow boards above the boxes, which hide points.
        points: (M, 2) float64 pixels from the corner of the picture, those that can be seen.
        depths: (M,) float64 metres from the camera, along its axis.
        channel_ids: (M,) int64, positions in ``CHANNELS``.
        hidden: (C,) int64, points of each channel that something hides or that are outside.
        seed: Of everything that the picture shows besides.
    """

    camera: Camera
    boxes: tuple[BoxShape, ...]
    planks: tuple[np.ndarray, ...]
    points: np.ndarray
    depths: np.ndarray
    channel_ids: np.ndarray
    hidden: np.ndarray
    seed: tuple[int, int]


def make_boxes(index: int, *, seed: int = 0, size: int = 128) -> BoxScene:
    """Make the scene of one picture; the same arguments give the same one.

    Scenes in which two points of a channel are less than 4 pixels apart are made anew.

    Args:
        index: Which picture.
        seed: Of the random numbers.
        size: Width and height of the picture, pixels.

    Raises:
        LandmarkError: ``size`` below 32, or a negative seed.
    """
    if size < 32:
        raise LandmarkError(f'pictures of {size} pixels; expected at least 32')
    if seed < 0:
        raise LandmarkError(f'seed {seed}; expected 0 or more')
    rng = np.random.default_rng((seed, index))
    for _ in range(_TRIES):
        scene = _scene(rng, size, (seed, index))
        if _are_apart(scene, _APART * size / 128):
            return scene
    raise LandmarkError(f'no scene of picture {index} was found for seed {seed}; try another seed')


def _scene(rng: np.random.Generator, size: int, seed: tuple[int, int]) -> BoxScene:
    camera = Camera.above(rng, size)
    boxes = _on_the_table(rng.choice(len(_NUMBERS), p=_NUMBERS), rng)
    points = np.concatenate([np.empty((0, 3)), *(box.points for box in boxes)])
    ids = np.concatenate([np.empty(0, dtype=np.int64), *(box.channel_ids for box in boxes)])
    pixels, depths = camera.project(points)
    planks = tuple(_plank(rng) for _ in range(rng.choice(3, p=_PLANKS)))
    faces = [*planks, *(face for box in boxes for face in box.faces)]
    margin = _MARGIN * size / 128
    inside = ((pixels >= margin) & (pixels <= size - margin)).all(axis=1)
    seen = inside & ~is_hidden(points, faces, camera)
    hidden = np.bincount(ids[~seen], minlength=len(CHANNELS))
    return BoxScene(camera, boxes, planks, pixels[seen], depths[seen], ids[seen], hidden, seed)


def _on_the_table(count: int, rng: np.random.Generator) -> tuple[BoxShape, ...]:
    """Boxes that do not stand in each other, though their flaps may touch."""
    boxes, places = [], []
    while len(boxes) < count:
        sides, height = rng.uniform(0.16, 0.34, 2), rng.uniform(0.08, 0.3)
        center = rng.uniform(-0.24, 0.24, 2) if count > 1 else rng.uniform(-0.1, 0.1, 2)
        reach = float(np.linalg.norm(sides)) / 2
        if all(np.linalg.norm(center - other) > reach + far for other, far in places):
            places.append((center, reach))
            boxes.append(_placed(make_box(sides, height, rng), center, rng.uniform(0, 2 * np.pi)))
        elif rng.random() < 0.02:  # no room for another one
            places, boxes = [], []
    return tuple(boxes)


def _plank(rng: np.random.Generator) -> np.ndarray:
    """A narrow board (4, 3) that lies level above the boxes."""
    half = np.array([rng.uniform(0.1, 0.6), rng.uniform(0.012, 0.03)])
    angle = rng.uniform(0, np.pi)
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-along[1], along[0]])
    ends = [u * half[0] * along + v * half[1] * across for u, v in _AROUND]
    flat = np.array(ends) + rng.uniform(-0.25, 0.25, 2)
    return np.column_stack([flat, np.full(4, rng.uniform(0.32, 0.5))])


def _placed(box: BoxShape, center: np.ndarray, angle: float) -> BoxShape:
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
    shift = np.append(center, 0.0)
    faces = [face @ turn + shift for face in box.faces]
    return BoxShape(faces, box.inside, box.prints, box.points @ turn + shift, box.channel_ids)


def _are_apart(scene: BoxScene, least: float) -> bool:
    for channel in range(len(CHANNELS)):
        points = scene.points[scene.channel_ids == channel]
        gaps = np.linalg.norm(points[:, None] - points[None], axis=-1)
        gaps[np.diag_indices(len(points))] = np.inf
        if (gaps < least).any():
            return False
    return True
