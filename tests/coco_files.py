"""Small COCO files for tests, made from arrays."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from mmlandmark.schemas import KeypointSchema, Mapping

SQUARE = KeypointSchema(
    name='square',
    keypoints=('left_top', 'right_top', 'left_bottom', 'right_bottom'),
    swaps=(('left_top', 'right_top'), ('left_bottom', 'right_bottom')),
    skeleton=(('left_top', 'right_top'), ('left_bottom', 'right_bottom')),
)
CROSS = KeypointSchema(
    name='cross',
    keypoints=('middle', 'left_top', 'right_top'),
    swaps=(('left_top', 'right_top'),),
    skeleton=(('middle', 'left_top'),),
)
SQUARE_TO_CROSS = Mapping(
    'square-to-cross',
    SQUARE,
    CROSS,
    {'middle': list(SQUARE.keypoints), 'left_top': 'left_top', 'right_top': 'right_top'},
)


def square_points(count: int, seed: int = 0) -> np.ndarray:
    """Return (count, 4, 2) corners of upright boxes at various places, two decimals."""
    rng = np.random.default_rng(seed)
    size = rng.uniform(30, 80, (count, 1, 1))
    corners = np.array([[1, 0], [0, 0], [1, 1], [0, 1]]) + rng.normal(0, 0.02, (count, 4, 2))
    return np.round(rng.uniform(0, 400, (count, 1, 2)) + size * corners, 2)


def make_coco(
    points: np.ndarray,
    schema: KeypointSchema = SQUARE,
    visible: np.ndarray | None = None,
    *,
    field: str = 'keypoints',
    per_image: int = 1,
    first_id: int = 1,
) -> dict:
    """Return a COCO object with one annotation per (K, 2) row of points."""
    visible = np.full(points.shape[:2], 2) if visible is None else visible
    rows = np.concatenate([points, visible[..., None]], axis=-1)
    rows = rows.reshape(len(points), 3 * points.shape[1])
    annotations = []
    for index, row in enumerate(rows.tolist()):
        row[2::3] = [int(v) for v in row[2::3]]
        low, high = points[index].min(axis=0), points[index].max(axis=0)
        annotations.append(
            {
                'id': first_id + index,
                'image_id': index // per_image + 1,
                'category_id': 1,
                'iscrowd': 0,
                'bbox': [*low.tolist(), *(high - low).tolist()],
                field: row,
                f'num_{field}': int((visible[index] > 0).sum()),
            }
        )
    images = [
        {'id': number, 'file_name': f'{number:04d}.jpg', 'width': 640, 'height': 480}
        for number in range(1, -(-len(points) // per_image) + 1)
    ]
    category = {'id': 1, 'name': schema.name, field: list(schema.keypoints), 'skeleton': []}
    return {'images': images, 'annotations': annotations, 'categories': [category]}


def make_pairs(count: int = 30, seed: int = 0) -> dict:
    """Return a pair file from ``SQUARE`` to ``CROSS`` with persons and head sizes."""
    points = square_points(count, seed)
    data = make_coco(points)
    target, visible = SQUARE_TO_CROSS.apply(points, np.full(points.shape[:2], 2))
    other = make_coco(np.round(target, 2), CROSS, visible, field='keypoints_target')
    for number, (annotation, extra) in enumerate(
        zip(data['annotations'], other['annotations'], strict=True)
    ):
        annotation['keypoints_target'] = extra['keypoints_target']
        annotation['num_keypoints_target'] = extra['num_keypoints_target']
        annotation['identity'] = f'person {number % 10}'
        annotation['head_size'] = 10.0 + number
    data['categories'][0]['keypoints_target'] = list(CROSS.keypoints)
    return data


def save(path: Path, data: dict) -> Path:
    """Write a file, NaN and all, and return its path."""
    path.write_text(json.dumps(data))
    return path
