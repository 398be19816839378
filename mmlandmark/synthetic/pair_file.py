"""Synthetic faces as a file of pairs."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmlandmark.annotations.coco_lists import coco_lists
from mmlandmark.geometry.boxes import boxes_from_points
from mmlandmark.schemas import get_schema
from mmlandmark.synthetic.drawn_document import drawn_document
from mmlandmark.synthetic.faces import IMAGE_SIZE, SOURCE, TARGET, SyntheticFaces


def pair_document(faces: SyntheticFaces) -> dict[str, Any]:
    """Return a COCO object whose annotations have ``keypoints`` and ``keypoints_target``.

    The category has the names of both sides (``keypoints``, ``keypoints_target``) and of both
    schemas (``name``, ``target_name``); ``identity`` is the person, to split by.
    """
    source, target = get_schema(SOURCE), get_schema(TARGET)
    boxes = boxes_from_points(faces.source_points, faces.source_visible)
    boxes[:, 2:] -= boxes[:, :2]
    rows = zip(
        coco_lists(faces.source_points, faces.source_visible, decimals=2),
        coco_lists(faces.target_points, faces.target_visible, decimals=2),
        np.count_nonzero(faces.source_visible, axis=1).tolist(),
        np.count_nonzero(faces.target_visible, axis=1).tolist(),
        boxes.round(2).tolist(),
        faces.identity.tolist(),
        strict=True,
    )
    annotations = [
        {
            'id': index,
            'image_id': index,
            'category_id': 1,
            'iscrowd': 0,
            'keypoints': points,
            'num_keypoints': labelled,
            'keypoints_target': target_points,
            'num_keypoints_target': target_labelled,
            'bbox': box,
            'area': round(box[2] * box[3], 2),
            'identity': f'synthetic_{person:04d}',
        }
        for index, (points, target_points, labelled, target_labelled, box, person) in enumerate(
            rows, start=1
        )
    ]
    category = {
        **source.to_category(),
        'keypoints_target': list(target.keypoints),
        'target_name': target.name,
    }
    return drawn_document(
        annotations,
        {image_id: file_name(image_id) for image_id in range(1, len(faces) + 1)},
        category,
        size=IMAGE_SIZE,
        seed=faces.seed,
        description='faces of a 3-D point model of mmlandmark; no real person',
    )


def file_name(image_id: int) -> str:
    """Return the name of the picture of an image."""
    return f'synthetic_{image_id:05d}.png'
