"""People in two labellings with known differences, made from a few numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from mmlandmark.evaluation.functional.agreement import LabelledTwice
from mmlandmark.schemas import get_schema

# Where the points of a person lie in heads: x to its left, y down from the shoulders.
PLACES = {
    'left_shoulder': (0.7, 0.0),
    'left_hip': (0.4, 2.2),
    'left_elbow': (0.9, 1.1),
    'left_wrist': (1.0, 2.0),
    'left_knee': (0.45, 4.0),
    'left_ankle': (0.45, 5.8),
    'left_eye': (0.12, -0.7),
    'left_ear': (0.25, -0.6),
    'nose': (0.0, -0.6),
    'upper_neck': (0.0, -0.25),
    'thorax': (0.0, 0.0),
    'head_top': (0.0, -1.2),
    'pelvis': (0.0, 2.2),
}
PLACES |= {name.replace('left', 'right'): (-x, y) for name, (x, y) in PLACES.items() if x}
SHARED = tuple(
    name for name in get_schema('mpii16').keypoints if name in get_schema('coco17').keypoints
)


@dataclass(frozen=True)
class People:
    """Persons whose true places both labellings see.

    Args:
        places: Keypoint -> (N, 2) pixels.
        axes: (N, 2, 2) the body's axes in the picture, as columns.
        head: (N,) pixels.
        groups: (N,) picture of each.
    """

    places: dict[str, np.ndarray]
    axes: np.ndarray
    head: np.ndarray
    groups: np.ndarray

    def moved(self, name: str, bias: tuple[float, float]) -> np.ndarray:
        """The places of a keypoint with a bias in the body's frame, in heads."""
        return self.places[name] + self.head[:, None] * (self.axes @ np.array(bias))


def make_people(
    count: int, seed: int = 0, turn: float = 1.0, backs: float = 0.3, per_image: int = 1
) -> People:
    """Make people who lean by ``turn`` radians (standard deviation); a share shows its back."""
    rng = np.random.default_rng(seed)
    angle = rng.normal(0, turn, count)
    side = np.where(rng.random(count) < backs, -1.0, 1.0)
    x = np.stack([np.cos(angle), np.sin(angle)], axis=1) * side[:, None]
    y = np.stack([-np.sin(angle), np.cos(angle)], axis=1)
    axes = np.stack([x, y], axis=2)
    head = np.exp(rng.normal(4.2, 0.4, count))
    center = rng.uniform(200, 800, (count, 2))
    places = {}
    for name, place in PLACES.items():
        # limbs swing, the trunk hardly
        swing = 0.35 if any(part in name for part in ('elbow', 'wrist', 'knee', 'ankle')) else 0.03
        local = np.array(place) + rng.normal(0, swing, (count, 2))
        places[name] = center + head[:, None] * np.einsum('nij,nj->ni', axes, local)
    return People(places, axes, head, np.arange(count) // per_image)


@dataclass(frozen=True)
class Differences:
    """How the target labelling differs from the source, in heads and pixels."""

    bias: dict[str, tuple[float, float]] = field(default_factory=dict)
    shift: tuple[float, float] = (0.0, 0.0)
    pixels: tuple[float, float] = (0.0, 0.0)
    noise: float = 0.05
    seed: int = 1


def labelled_points(
    people: People, names: tuple[str, ...], differences: Differences
) -> tuple[np.ndarray, np.ndarray]:
    """Return (N, P, 2) source and target points."""
    rng = np.random.default_rng(differences.seed)
    head = people.head[:, None, None]
    source = np.stack([people.places[name] for name in names], axis=1)
    target = np.stack(
        [people.moved(name, differences.bias.get(name, (0.0, 0.0))) for name in names], axis=1
    )
    shape = source.shape
    noise = differences.noise / np.sqrt(2)
    source = source + head * rng.normal(0, noise, shape)
    target = target + head * (rng.normal(0, noise, shape) + differences.shift)
    return source, target + differences.pixels


def labelled_twice(people: People, differences: Differences, **changes: object) -> LabelledTwice:
    """Return the shared joints of COCO and MPII; nothing is learned (the source is given back)."""
    schema = get_schema('mpii16')
    source, target = labelled_points(people, SHARED, differences)
    content = dict(
        names=SHARED,
        source=source,
        target=target,
        learned=source,
        unit=people.head,
        groups=people.groups,
        shared=np.ones(len(SHARED), dtype=bool),
        swaps=schema.swaps,
        links=tuple(link for link in schema.skeleton if set(link) <= set(SHARED)),
    )
    return LabelledTwice(**(content | changes))


def pair_file(people: People, differences: Differences, hidden: float = 0.0) -> dict:
    """Return a pair file COCO-17 to MPII-16; a share of the points is not labelled."""
    coco, mpii = get_schema('coco17'), get_schema('mpii16')
    rng = np.random.default_rng(differences.seed + 1)
    sides = {}
    for schema, side in ((coco, 0), (mpii, 1)):
        points = labelled_points(people, schema.keypoints, differences)[side]
        visible = np.where(rng.random(points.shape[:2]) < hidden, 0, 2)
        sides[schema.name] = np.concatenate(
            [np.where(visible[..., None] > 0, points, 0), visible[..., None]], axis=2
        ).reshape(len(points), -1)
    annotations = [
        dict(
            id=i + 1,
            image_id=int(people.groups[i]) + 1,
            category_id=1,
            keypoints=sides['coco17'][i].tolist(),
            keypoints_target=sides['mpii16'][i].tolist(),
            head_size=float(people.head[i]),
        )
        for i in range(len(people.head))
    ]
    category = dict(
        id=1,
        name='coco17',
        keypoints=list(coco.keypoints),
        keypoints_target=list(mpii.keypoints),
    )
    images = [dict(id=int(i) + 1) for i in np.unique(people.groups)]
    return dict(images=images, annotations=annotations, categories=[category])
