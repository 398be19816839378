"""Drawn people in random poses, labelled as COCO and as MPII label them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import get_schema

SCHEMAS = {'coco': 'coco17', 'mpii': 'mpii16'}
SIDES = {'right': -1.0, 'left': 1.0}  # the person's sides, where x grows to the picture's right
HEAD_RADIUS = 0.085
# Lengths in heights of a person, measured from the pelvis; y grows downwards, z away from us.
_TRUNK = {
    'pelvis': (0, 0, 0),
    'thorax': (0, -0.27, 0),
    'upper_neck': (0, -0.32, 0),
}
_HEAD = {  # from the upper neck
    'head_top': (0, -0.17, 0.01),
    'head': (0, -0.085, 0),
    'nose': (0, -0.075, -0.085),
    'right_eye': (-0.032, -0.10, -0.072),
    'left_eye': (0.032, -0.10, -0.072),
    'right_ear': (-0.08, -0.085, 0.005),
    'left_ear': (0.08, -0.085, 0.005),
}
_SHOULDER, _HIP = (0.115, -0.26, 0), (0.06, 0, 0)
_COCO_HIP = np.array([0.02, -0.035, 0])  # COCO's hip lies further up and out than the joint
_ARM, _LEG = (0.155, 0.14), (0.24, 0.235)
_NOISE, _FORGOTTEN = 0.004, 0.02


@dataclass(frozen=True)
class DrawnBodies:
    """N people, one in each picture.

    Attributes:
        joints: Name -> (N, 2) pixels, without an annotator's noise; all that is drawn, and
            ``coco_left_hip``, ``coco_right_hip``.
        depth: Name -> (N,) how far away, in heights of a person.
        scale: (N,) pixels per height of a person.
        size: Width and height of the pictures, pixels.
        seed: What they were made from.
    """

    joints: dict[str, np.ndarray]
    depth: dict[str, np.ndarray]
    scale: np.ndarray
    size: int
    seed: int

    def __len__(self) -> int:
        return len(self.scale)

    def labels(self, dataset: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the points (N, K, 2) in pixels and v (N, K) of ``coco`` or ``mpii``.

        With the noise of an annotator; v is 2, or 0 for the few points that were forgotten.
        """
        schema = get_schema(SCHEMAS[dataset])
        rng = np.random.default_rng((self.seed, 1, list(SCHEMAS).index(dataset)))
        named = list(schema.keypoints)
        if dataset == 'coco':
            named = [f'coco_{name}' if name.endswith('hip') else name for name in named]
        points = np.stack([self.joints[name] for name in named], axis=1)
        points = points + rng.normal(size=points.shape) * (_NOISE * self.scale)[:, None, None]
        labelled = rng.random(points.shape[:2]) >= _FORGOTTEN
        return np.where(labelled[..., None], points, 0.0), np.where(labelled, 2, 0).astype(np.uint8)

    @property
    def head_size(self) -> np.ndarray:
        """(N,) pixels: 0.6 of the diagonal of the box of the head, as PCKh has it."""
        return 0.6 * np.sqrt(2) * 2 * HEAD_RADIUS * self.scale


def make_bodies(count: int, *, seed: int = 0, size: int = 96) -> DrawnBodies:
    """Make people; the same arguments give the same ones.

    Args:
        count: How many.
        seed: Of the random numbers.
        size: Width and height of a picture, pixels.

    Raises:
        LandmarkError: ``count`` is below 1, ``size`` below 32 or ``seed`` negative.
    """
    if count < 1 or size < 32 or seed < 0:
        raise LandmarkError(
            f'{count} people in pictures of {size} pixels, seed {seed}; expected at least 1, at '
            'least 32, and 0 or more'
        )
    rng = np.random.default_rng((seed, 0))
    solid = _pose(rng, count)
    view = _turn(_angles(rng, count, 25, 55), 'y') @ _turn(_angles(rng, count, 4, 10), 'x')
    view = _turn(_angles(rng, count, 7, 20), 'z') @ view
    seen = {name: np.einsum('nij,nj->ni', view, points) for name, points in solid.items()}
    stacked = np.stack(list(seen.values()))[..., :2]
    low, high = stacked.min(axis=0), stacked.max(axis=0)
    room = (high - low).max(axis=1) + 2 * HEAD_RADIUS
    scale = rng.uniform(0.75, 0.95, count) * size / np.maximum(room, 0.9)
    free = size - (high - low) * scale[:, None]
    shift = size / 2 - (low + high) / 2 * scale[:, None]
    shift = shift + rng.uniform(-0.15, 0.15, (count, 2)) * np.maximum(free, 0)
    flat = {name: points[:, :2] * scale[:, None] + shift for name, points in seen.items()}
    return DrawnBodies(
        flat, {name: points[:, 2] for name, points in seen.items()}, scale, size, seed
    )


def _pose(rng: np.random.Generator, count: int) -> dict[str, np.ndarray]:
    """Joints (N, 3) around the pelvis, of people who look at us."""
    points = {name: np.tile(place, (count, 1)) for name, place in _TRUNK.items()}
    turn = _turn(_angles(rng, count, 15, 35), 'y') @ _turn(_angles(rng, count, 8, 20), 'x')
    for name, place in _HEAD.items():
        points[name] = points['upper_neck'] + turn @ np.array(place)
    for side, out in SIDES.items():
        outward = np.array([out, 1, 1])
        points[f'{side}_shoulder'] = np.tile(outward * _SHOULDER, (count, 1))
        points[f'{side}_hip'] = np.tile(outward * _HIP, (count, 1))
        points[f'coco_{side}_hip'] = points[f'{side}_hip'] + outward * _COCO_HIP
        for names, lengths, away, ahead, bend in (
            (('shoulder', 'elbow', 'wrist'), _ARM, (5, 130), (-20, 45), (0, 110)),
            (('hip', 'knee', 'ankle'), _LEG, (0, 32), (-15, 40), (-50, 0)),
        ):
            limb = rng.uniform(*np.deg2rad(away), count)
            reach = rng.uniform(*np.deg2rad(ahead), count)
            fold = rng.uniform(*np.deg2rad(bend), count)
            start = points[f'{side}_{names[0]}']
            middle = start + lengths[0] * _direction(out * limb, reach)
            points[f'{side}_{names[1]}'] = middle
            points[f'{side}_{names[2]}'] = middle + lengths[1] * _direction(
                out * limb * 0.8, reach + fold
            )
    return points


def _direction(away: np.ndarray, ahead: np.ndarray) -> np.ndarray:
    """Unit vectors (N, 3): down, turned outwards and then towards us; radians."""
    down, out = np.cos(away), np.sin(away)
    return np.stack([out, down * np.cos(ahead), -np.sin(ahead) * np.abs(down)], axis=-1)


def _angles(rng: np.random.Generator, count: int, degrees: float, limit: float) -> np.ndarray:
    return np.deg2rad(np.clip(rng.normal(0, degrees, count), -limit, limit))


def _turn(angle: np.ndarray, axis: str) -> np.ndarray:
    """Rotations (N, 3, 3) about an axis."""
    first, second = {'x': (1, 2), 'y': (2, 0), 'z': (0, 1)}[axis]
    turned = np.tile(np.eye(3), (len(angle), 1, 1))
    turned[:, first, first] = turned[:, second, second] = np.cos(angle)
    turned[:, second, first] = np.sin(angle)
    turned[:, first, second] = -np.sin(angle)
    return turned
