"""Synthetic faces as two files of the same pictures, each labelled in one schema."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmlandmark.annotations.coco_lists import coco_lists
from mmlandmark.geometry.boxes import boxes_from_points, xyxy_to_xywh
from mmlandmark.schemas import get_schema
from mmlandmark.synthetic.faces import SOURCE, TARGET, SyntheticFaces
from mmlandmark.synthetic.pair_file import pair_document


def face_documents(faces: SyntheticFaces) -> dict[str, dict[str, Any]]:
    """Return schema -> COCO object, as two annotators would have made them.

    Ids, pictures and ``identity`` are those of `pair_document`; each file has the boxes around its
    own points, and nothing of the other's.
    """
    whole = pair_document(faces)
    sides = {
        SOURCE: (faces.source_points, faces.source_visible),
        TARGET: (faces.target_points, faces.target_visible),
    }
    return {schema: _one_side(whole, schema, *sides[schema]) for schema in (SOURCE, TARGET)}


def _one_side(
    whole: dict[str, Any], schema: str, points: np.ndarray, visible: np.ndarray
) -> dict[str, Any]:
    columns = zip(
        whole['annotations'],
        coco_lists(points, visible, decimals=2),
        np.count_nonzero(visible, axis=1).tolist(),
        xyxy_to_xywh(boxes_from_points(points, visible)).round(2).tolist(),
        strict=True,
    )
    annotations = [
        {
            **{key: pair[key] for key in ('id', 'image_id', 'category_id', 'iscrowd')},
            'keypoints': keypoints,
            'num_keypoints': labelled,
            'bbox': box,
            'area': round(box[2] * box[3], 2),
            'identity': pair['identity'],
        }
        for pair, keypoints, labelled, box in columns
    ]
    category = get_schema(schema).to_category()
    return {**whole, 'annotations': annotations, 'categories': [category]}
