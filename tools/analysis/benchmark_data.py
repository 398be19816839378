"""Files of bodies that ``benchmark_converter.py`` works on."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmlandmark.annotations.coco_lists import coco_lists
from mmlandmark.geometry.boxes import boxes_from_points
from mmlandmark.schemas import KeypointSchema, get_mapping, get_schema

SOURCE, TARGET = 'coco17', 'mpii16'
DIRECTION = f'{SOURCE}-to-{TARGET}'


def synthetic_pairs(num: int, seed: int = 0) -> dict[str, Any]:
    """Return a pair file of random bodies, targets made by the shipped mapping and noise."""
    random = np.random.default_rng(seed)
    source, target, mapping = get_schema(SOURCE), get_schema(TARGET), get_mapping(DIRECTION)
    body = random.normal(size=(1, source.num_keypoints, 2))
    size = random.uniform(30, 200, (num, 1, 1))
    points = (body + 0.4 * random.normal(size=(num, source.num_keypoints, 2))) * size + 500
    seen = np.full(points.shape[:2], 2)
    moved, covered = mapping.apply(points, seen)
    moved = np.where(covered[..., None] > 0, moved, points.mean(1, keepdims=True))
    moved += random.normal(size=moved.shape) * size * 0.1
    return coco_document(points, seen, coco_lists(moved, np.full(moved.shape[:2], 2)), target)


def coco_document(
    points: np.ndarray,
    visible: np.ndarray,
    target_lists: list[list] | None = None,
    target: KeypointSchema | None = None,
) -> dict[str, Any]:
    """Return a COCO object of instances, ten to a picture, with target lists if given."""
    boxes = boxes_from_points(points, visible)
    boxes[:, 2:] -= boxes[:, :2]
    rows = zip(
        coco_lists(points, visible), visible.astype(bool).sum(1), boxes.round(2), strict=True
    )
    annotations = [
        dict(
            id=i + 1,
            image_id=i // 10 + 1,
            category_id=1,
            iscrowd=0,
            bbox=box.tolist(),
            area=round(float(box[2] * box[3]), 2),
            num_keypoints=int(count),
            keypoints=keypoints,
        )
        for i, (keypoints, count, box) in enumerate(rows)
    ]
    category = get_schema(SOURCE).to_category()
    if target is not None:
        category['keypoints_target'] = list(target.keypoints)
        for annotation, keypoints in zip(annotations, target_lists, strict=True):
            annotation['keypoints_target'] = keypoints
    images = [
        dict(id=i + 1, file_name=f'{i:012d}.jpg', width=1000, height=1000)
        for i in range((len(points) + 9) // 10)
    ]
    return dict(images=images, annotations=annotations, categories=[category])
