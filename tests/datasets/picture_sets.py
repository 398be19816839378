"""Small data sets with pictures, for tests of data sets and samplers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from coco_files import CROSS, SQUARE

from mmlandmark.schemas import KeypointSchema

WIDTH, HEIGHT = 64, 48
CODEC = {
    'type': 'MSRAHeatmap',
    'input_size': (32, 32),
    'heatmap_size': (16, 16),
    'sigma': 1,
}
PIPELINE = [
    {'type': 'LoadImage'},
    {'type': 'GetBBoxCenterScale'},
    {'type': 'RandomFlip', 'direction': 'horizontal'},
    {'type': 'RandomBBoxTransform'},
    {'type': 'TopdownAffine', 'input_size': CODEC['input_size']},
    {'type': 'PhotometricDistortion'},
    {'type': 'GenerateTarget', 'encoder': CODEC},
    {'type': 'PackPoseInputs'},
]


def write_set(folder: Path, schema: KeypointSchema, count: int, seed: int = 0) -> Path:
    """Write ``count`` noisy pictures with one instance each; returns the annotation file."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    images, annotations = [], []
    for number in range(1, count + 1):
        name = f'{number:03d}.png'
        cv2.imwrite(str(folder / name), rng.integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8))
        points = rng.uniform([8, 8], [WIDTH - 8, HEIGHT - 8], (schema.num_keypoints, 2)).round(2)
        row = np.concatenate([points, np.full((len(points), 1), 2)], axis=1).ravel().tolist()
        images.append({'id': number, 'file_name': name, 'width': WIDTH, 'height': HEIGHT})
        annotations.append(
            {
                'id': 100 + number,
                'image_id': number,
                'category_id': 1,
                'keypoints': row,
                'num_keypoints': len(points),
                'bbox': [4.0, 4.0, 52.0, 40.0],
                'area': 2080.0,
                'iscrowd': 0,
            }
        )
    category = {'id': 1, 'name': schema.name, 'keypoints': list(schema.keypoints)}
    path = folder / 'annotations.json'
    content = {'images': images, 'annotations': annotations, 'categories': [category]}
    path.write_text(json.dumps(content))
    return path


def change(path: Path, edit: Any) -> Path:
    """Apply ``edit(data)`` to a JSON file, NaN and all."""
    data = json.loads(path.read_text())
    edit(data)
    path.write_text(json.dumps(data))
    return path


def member(file: Path, schema: KeypointSchema, **options: Any) -> dict[str, Any]:
    """Return the config of a ``CocoKeypointDataset`` over a file of ``write_set``."""
    return {
        'type': 'CocoKeypointDataset',
        'ann_file': str(file),
        'schema': schema.to_json(),
        'data_prefix': {'img': str(file.parent)},
        'pipeline': PIPELINE,
        **options,
    }


def two_sets(folder: Path, squares: int = 10, crosses: int = 4) -> dict[str, dict[str, Any]]:
    """Return the member configs of a larger set of squares and a smaller one of crosses."""
    return {
        'square': member(write_set(folder / 'square', SQUARE, squares, 1), SQUARE),
        'cross': member(write_set(folder / 'cross', CROSS, crosses, 2), CROSS),
    }
