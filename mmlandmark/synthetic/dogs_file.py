"""Drawn dogs as COCO keypoint files, and as the label files of a raw release."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmlandmark.annotations.coco_lists import coco_lists
from mmlandmark.geometry.boxes import boxes_from_points, xyxy_to_xywh
from mmlandmark.geometry.regions import clip_boxes
from mmlandmark.schemas import get_schema
from mmlandmark.synthetic.dogs import DrawnDogs
from mmlandmark.synthetic.dogs_own import SCHEMA
from mmlandmark.synthetic.drawn_document import drawn_document, picture_name

BOX_MARGIN = 0.05


def dog_document(dogs: DrawnDogs, rows: np.ndarray) -> dict[str, Any]:
    """Return the COCO object of some of the dogs; ids and file names are those of the whole.

    Args:
        dogs: The dogs.
        rows: (n,) positions of those that the file is to hold.
    """
    schema, points = get_schema(SCHEMA), dogs.points[rows]
    visible = np.full(points.shape[:2], 2, dtype=np.uint8)
    boxes = _boxes(dogs, rows)
    parts = zip(
        rows.tolist(),
        coco_lists(points, visible, decimals=2),
        xyxy_to_xywh(boxes).round(2).tolist(),
        dogs.breed[rows].tolist(),
        strict=True,
    )
    annotations = [
        {
            'id': row + 1,
            'image_id': row + 1,
            'category_id': 1,
            'iscrowd': 0,
            'keypoints': keypoints,
            'num_keypoints': schema.num_keypoints,
            'bbox': box,
            'bbox_source': 'landmarks',
            'area': round(box[2] * box[3], 2),
            'breed': f'drawn_{breed:05d}',
        }
        for row, keypoints, box, breed in parts
    ]
    return drawn_document(
        annotations,
        {row + 1: picture_name(row) for row in rows.tolist()},
        {**schema.to_category(), 'name': 'dog_face', 'supercategory': 'dog'},
        size=dogs.size,
        seed=dogs.seed,
        description='dog faces drawn by mmlandmark; no real dog',
    )


def release_name(dogs: DrawnDogs, row: int) -> str:
    """Return the name of a dog in a raw release, without ending: its breed and its number."""
    return f'n{dogs.breed[row]:08d}_{row + 1}'


def release_label(dogs: DrawnDogs, row: int) -> dict[str, Any]:
    """Return the content of a dog's label file in a raw release; numbers of boxes are texts."""
    box = _boxes(dogs, np.array([row]))[0].round(2).tolist()
    return {
        'labels': dogs.points[row].round(2).tolist(),
        'bounding_boxes': [str(side) for side in box],
    }


def _boxes(dogs: DrawnDogs, rows: np.ndarray) -> np.ndarray:
    """Boxes (n, 4) x1, y1, x2, y2 around the points, inside the pictures."""
    points = dogs.points[rows]
    visible = np.full(points.shape[:2], 2, dtype=np.uint8)
    boxes = boxes_from_points(points, visible, BOX_MARGIN)
    return clip_boxes(boxes[:, None], np.full((len(rows), 2), dogs.size))[:, 0]
