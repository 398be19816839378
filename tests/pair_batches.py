"""Pairs of a small source and target schema: points, batches and files made from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mmlandmark.schemas import KeypointSchema, find_mapping

SOURCE = KeypointSchema(
    name='six',
    keypoints=('left_eye', 'right_eye', 'nose', 'left_mouth', 'right_mouth', 'chin'),
    swaps=(('left_eye', 'right_eye'), ('left_mouth', 'right_mouth')),
    skeleton=(
        ('left_eye', 'right_eye'),
        ('nose', 'left_eye'),
        ('nose', 'right_eye'),
        ('nose', 'chin'),
        ('chin', 'left_mouth'),
        ('chin', 'right_mouth'),
    ),
    regions={'eyes': ('left_eye', 'right_eye')},
)
TARGET = KeypointSchema(
    name='four',
    keypoints=('right_ear', 'left_ear', 'crown', 'lip'),
    swaps=(('left_ear', 'right_ear'),),
    regions={'ears': ('left_ear', 'right_ear')},
    normalizers={'ears': ('left_ear', 'right_ear')},
)
SHAPE = np.array([[30, -30], [-30, -30], [0, 0], [20, 30], [-20, 30], [0, 60]], dtype=float)
WEIGHTS = np.array(
    [
        [-0.5, 1.5, 0.0, 0.0, 0.0, 0.0],
        [1.5, -0.5, 0.0, 0.0, 0.0, 0.0],
        [0.75, 0.75, 0.0, 0.0, 0.0, -0.5],
        [0.0, 0.0, 0.2, 0.4, 0.4, 0.0],
    ]
)
"""A map from SOURCE to TARGET whose rows sum to one and that commutes with the flip."""

OPTIONS = dict(source_schema=SOURCE, target_schema=TARGET, mapping=None)
NETWORKS = {
    'affine': {},
    'simple_linear': {},
    'minimal_mlp': {'hidden': 12},
    'mlp': {'hidden': (12, 12)},
    'mlp_attention': {'width': 16, 'num_heads': 2, 'hidden': 16},
    'autoencoder': {'hidden': (12, 6, 12)},
    'gnn': {'width': 8, 'num_layers': 2},
    'residual': {'hidden': (12, 12)},
}
"""Every network by its short name, with options that make it small."""


def source_points(num: int, seed: int = 0, spread: float = 6.0) -> np.ndarray:
    """(N, 6, 2) pixels: the shape, each point disturbed, turned, scaled and moved at random."""
    rng = np.random.default_rng(seed)
    local = SHAPE + rng.normal(0, spread, (num, 6, 2))
    angle = rng.normal(0, 0.4, num)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    scale = np.exp(rng.normal(0, 0.3, (num, 1, 1)))
    return scale * np.einsum('ijn,nkj->nki', turn, local) + rng.uniform(100, 400, (num, 1, 2))


def pair_arrays(
    num: int, seed: int = 0, noise: float = 0.0, hidden: float = 0.0, bend: float = 0.0
) -> dict[str, dict[str, torch.Tensor]]:
    """A pair batch as the data set gives it.

    Args:
        num: Pairs, one in each picture.
        seed: Of everything.
        noise: Pixels added to every target point.
        hidden: Share of source and target points that are not labelled.
        bend: Pixels by which the targets depend on the source in a way that is not linear.
    """
    rng = np.random.default_rng(seed + 1)
    points = source_points(num, seed)
    target = WEIGHTS @ points + rng.normal(0, noise, (num, 4, 2))
    if bend:
        eyes, down = points[:, 0] - points[:, 1], points[:, 5] - points[:, 2]
        turn = (eyes * down).sum(-1) / np.square(eyes).sum(-1)
        target = target + bend * np.sin(6 * turn)[:, None, None] * eyes[:, None] / 60
    visible, seen = (np.where(rng.random((num, k)) < hidden, 0, 2) for k in (6, 4))
    visible[:, :3], seen[:, 0] = 2, 2
    boxes = np.concatenate([points.min(1), points.max(1)], axis=1)
    return dict(
        inputs=dict(
            keypoints=_floats(np.where(visible[..., None] > 0, points, 0)),
            keypoints_visible=torch.as_tensor(visible, dtype=torch.uint8),
            bboxes=_floats(boxes),
        ),
        data_samples=dict(
            keypoints=_floats(np.where(seen[..., None] > 0, target, 0)),
            keypoints_visible=torch.as_tensor(seen, dtype=torch.uint8),
            bboxes=_floats(boxes),
            ids=torch.arange(1, num + 1),
            img_ids=torch.arange(1, num + 1),
            index=torch.arange(num),
        ),
    )


def write_pairs(
    path: Path, source: KeypointSchema, target: KeypointSchema, num: int = 40, seed: int = 0
) -> Path:
    """Write a pair file of synthetic points between any two schemas.

    Target points lie where the shipped mapping between the schemas, if any, puts them, and where
    the source has a point of their name; the others lie anywhere.
    """
    rng, anywhere = np.random.default_rng(seed), np.random.default_rng(7)
    shape = anywhere.uniform(-60, 60, (source.num_keypoints, 2))
    other = anywhere.uniform(-60, 60, (target.num_keypoints, 2))
    # both sides have one centre, or they look like different instances
    shape, other = shape - shape.mean(0), other - other.mean(0)
    for i, name in enumerate(target.keypoints):
        if name in source.keypoints:
            other[i] = shape[source.index(name)]
    mapping = find_mapping(source, target)
    if mapping is not None:
        other[mapping.covered] = (mapping.matrix @ shape)[mapping.covered]
    shape = np.concatenate([shape, other])
    annotations = []
    for i in range(num):
        points = shape * rng.uniform(0.7, 1.3) + rng.normal(0, 1.5, shape.shape) + 200
        sides = np.split(np.column_stack([points, np.full(len(points), 2)]), [source.num_keypoints])
        low, high = points.min(0), points.max(0)
        annotations.append(
            dict(
                id=i + 1,
                image_id=i + 1,
                category_id=1,
                iscrowd=0,
                area=float(np.prod(high - low)),
                bbox=[*low.tolist(), *(high - low).tolist()],
                keypoints=sides[0].ravel().round(3).tolist(),
                num_keypoints=source.num_keypoints,
                keypoints_target=sides[1].ravel().round(3).tolist(),
                identity=f'person{i}',
                head_size=30.0,
            )
        )
    category: dict[str, Any] = source.to_category()
    category['keypoints_target'] = list(target.keypoints)
    images = [dict(id=i + 1, file_name=f'{i + 1}.jpg', width=640, height=480) for i in range(num)]
    content = dict(images=images, annotations=annotations, categories=[category])
    path.write_text(json.dumps(content))
    return path


def _floats(array: np.ndarray) -> torch.Tensor:
    return torch.as_tensor(array, dtype=torch.float32)
