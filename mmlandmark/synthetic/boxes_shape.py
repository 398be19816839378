"""One cardboard box with flaps, as flat faces and labelled points; lengths are metres.

The box stands on the table, the plane z = 0; z goes up. Sizes and habits are chosen by eye; they
measure no box and come from no data set.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: What is labelled: the corners of the opening, and the free corners of the flaps.
CHANNELS = ('corner', 'flap')
_FOLDS = ((130, 195), (80, 130), (8, 40))  # degrees: outwards, upright, nearly closed
_OFTEN = (0.92, 0.06, 0.02)
_TOUCHES = 0.012  # how far above the table a flap hangs at least


@dataclass(frozen=True)
class BoxShape:
    """A box in the frame of the table.

    Attributes:
        faces: Flat convex polygons, (4, 3) each: the bottom, the walls, the flaps, the prints.
        inside: (F,) bool, which of them are seen from inside only as a rule: the bottom.
        prints: (F,) bool, which are labels stuck on a wall; their corners are no keypoints.
        points: (M, 3) labelled points.
        channel_ids: (M,) int64, positions in ``CHANNELS``.
    """

    faces: list[np.ndarray]
    inside: np.ndarray
    prints: np.ndarray
    points: np.ndarray
    channel_ids: np.ndarray


def make_box(sides: np.ndarray, height: float, rng: np.random.Generator) -> BoxShape:
    """Return a box of random flaps whose middle is the origin.

    Args:
        sides: (2,) its width and depth.
        height: Of its walls.
        rng: What the flaps and prints are drawn from.
    """
    x, y = np.asarray(sides) / 2
    floor = np.array([[-x, -y, 0], [x, -y, 0], [x, y, 0], [-x, y, 0]])
    rim = floor + [0, 0, height]
    after = np.roll(np.arange(4), -1)
    walls = [np.stack([floor[i], floor[j], rim[j], rim[i]]) for i, j in enumerate(after)]
    flaps = [_flap(rim[i], rim[j], height, rng) for i, j in enumerate(after) if rng.random() < 0.85]
    labels = [_label(wall, rng) for wall in walls if rng.random() < 0.3]
    ends = [flap[2:] for flap in flaps]
    points = np.concatenate([rim, *ends])
    kinds = np.repeat([0, 1, 2], [1, 4 + len(flaps), len(labels)])
    return BoxShape(
        faces=[floor, *walls, *flaps, *labels],
        inside=kinds == 0,
        prints=kinds == 2,
        points=points,
        channel_ids=np.repeat([0, 1], [4, len(points) - 4]),
    )


def _flap(a: np.ndarray, b: np.ndarray, height: float, rng: np.random.Generator) -> np.ndarray:
    """A flap (4, 3) hinged on the edge from a to b; its two free corners come last."""
    along, middle = b - a, (a + b) / 2
    inwards = -middle * [1, 1, 0] / np.linalg.norm(middle[:2])
    length = rng.uniform(0.65, 1.0) * np.linalg.norm(middle[:2])
    low, high = _FOLDS[rng.choice(len(_FOLDS), p=_OFTEN)]
    angle = np.deg2rad(rng.uniform(low, high))
    # a flap that hangs down ends above the table
    lowest = np.pi + np.arcsin(min(1.0, (height - _TOUCHES) / length))
    angle = min(angle, lowest)
    out = length * (np.cos(angle) * inwards + np.sin(angle) * np.array([0.0, 0.0, 1.0]))
    taper = rng.uniform(0.0, 0.12) * along
    return np.stack([a, b, b + out - taper, a + out + taper])


def _label(wall: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A rectangle (4, 3) just outside a wall."""
    low = rng.uniform(0.1, 0.5, 2)
    high = low + rng.uniform(0.25, 0.4, 2)
    across, up = wall[1] - wall[0], wall[3] - wall[0]
    places = [(low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1])]
    away = np.cross(across, up)
    lift = 0.001 * away / np.linalg.norm(away)
    return np.stack([wall[0] + lift + u * across + v * up for u, v in places])
