"""Small sets of pictures with channel keypoints, in both forms of file."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import cv2
import numpy as np

#: Width and height of the three pictures; the last one has no keypoints.
SIZES = {'images/a.png': (40, 20), 'images/b.png': (16, 24), 'images/c.png': (10, 10)}
CORNERS = {
    'images/a.png': [[0.25, 0.75], [0.5, 0.5], [0.123456789, 1.0]],
    'images/b.png': [[0.0, 0.25, 1.5]],
    'images/c.png': [],
}
FLAPS = {
    'images/a.png': [[1.0, 0.0, 2.5], [0.5, 0.25, None]],
    'images/b.png': [],
    'images/c.png': [],
}


def json_document() -> dict[str, Any]:
    """The published JSON of the three pictures."""
    entries = [{'image_path': f, 'corner': CORNERS[f], 'flap': FLAPS[f]} for f in SIZES]
    return {'dataset': deepcopy(entries)}


def coco_document() -> dict[str, Any]:
    """A COCO file of the same pictures with other keypoints; c1 and c2 are corners, f1 a flap."""
    return {
        'images': [
            {'id': 7 + index, 'file_name': file, 'width': width, 'height': height}
            for index, (file, (width, height)) in enumerate(SIZES.items())
        ],
        'annotations': [
            {
                'id': 1,
                'image_id': 8,
                'category_id': 3,
                'keypoints': [1.25, 2.5, 2, 3, 4, 1, 0, 0, 0],
                'num_keypoints': 2,
            },
            {
                'id': 2,
                'image_id': 7,
                'category_id': 3,
                'keypoints': [40, 20, 2, 7, 8, 2, 9, 10.125, 2],
                'num_keypoints': 3,
                'keypoints_depth': [1, None, 0.5],
            },
            {
                'id': 3,
                'image_id': 8,
                'category_id': 3,
                'keypoints': [5, 6, 2, 0, 0, 0, 11, 12, 1],
                'num_keypoints': 2,
            },
        ],
        'categories': [{'id': 3, 'name': 'box', 'keypoints': ['c1', 'c2', 'f1']}],
    }


def write(folder: Path, document: Any, name: str = 'train.json') -> Path:
    """Write a document and the three pictures, each of its own colour; return the document."""
    (folder / 'images').mkdir(parents=True, exist_ok=True)
    for shade, (file, (width, height)) in enumerate(SIZES.items(), start=1):
        cv2.imwrite(str(folder / file), np.full((height, width, 3), 50 * shade, dtype=np.uint8))
    path = folder / name
    path.write_text(json.dumps(document), encoding='utf-8')
    return path
