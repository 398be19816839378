"""Drawn people as COCO keypoint files, one for each way of labelling them."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmlandmark.annotations.coco_lists import coco_lists
from mmlandmark.geometry.boxes import boxes_from_points, xyxy_to_xywh
from mmlandmark.geometry.regions import clip_boxes
from mmlandmark.schemas import get_schema
from mmlandmark.synthetic.bodies import SCHEMAS, DrawnBodies
from mmlandmark.synthetic.drawn_document import drawn_document, picture_name

BOX_MARGIN = 0.1


def body_document(bodies: DrawnBodies, rows: np.ndarray, dataset: str) -> dict[str, Any]:
    """Return the COCO object of some people; ids and file names are those of the whole.

    Args:
        bodies: The people.
        rows: (n,) positions of those that the file is to hold.
        dataset: ``coco`` or ``mpii``: whose keypoints are labelled; each has the box around its
            own, and ``mpii`` has ``head_size``.
    """
    points, visible = (labels[rows] for labels in bodies.labels(dataset))
    boxes = boxes_from_points(points, visible, BOX_MARGIN)
    boxes = clip_boxes(boxes[:, None], np.full((len(rows), 2), bodies.size))[:, 0]
    parts = zip(
        rows.tolist(),
        coco_lists(points, visible, decimals=2),
        np.count_nonzero(visible, axis=1).tolist(),
        xyxy_to_xywh(boxes).round(2).tolist(),
        bodies.head_size[rows].round(2).tolist(),
        strict=True,
    )
    annotations = [
        {
            'id': row + 1,
            'image_id': row + 1,
            'category_id': 1,
            'iscrowd': 0,
            'keypoints': keypoints,
            'num_keypoints': labelled,
            'bbox': box,
            'area': round(box[2] * box[3], 2),
            **({'head_size': head} if dataset == 'mpii' else {}),
        }
        for row, keypoints, labelled, box, head in parts
    ]
    return drawn_document(
        annotations,
        {row + 1: picture_name(row) for row in rows.tolist()},
        {**get_schema(SCHEMAS[dataset]).to_category(), 'name': 'person'},
        size=bodies.size,
        seed=bodies.seed,
        description='people drawn by mmlandmark; no real person',
    )
