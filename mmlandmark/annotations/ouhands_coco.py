"""From the raw hands of OUHANDS to a COCO keypoint document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mmlandmark.annotations.coco_lists import coco_lists
from mmlandmark.annotations.face_boxes import BOX_SOURCES, DEFAULT_MARGIN, choose_boxes
from mmlandmark.annotations.ouhands_result import RawHands
from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.geometry.boxes import xyxy_to_xywh

#: The box is the whole picture.
PICTURE = 'picture'
HAND_BOX_SOURCES = (*BOX_SOURCES, PICTURE)
#: Annotation key of z, a list of K numbers in the unit of the landmark files, or null.
DEPTH_FIELD = 'keypoints_z'
_DECIMALS = 6


def check_box_source(source: str) -> None:
    """Raise a LandmarkError unless there is such a source of boxes."""
    if source not in HAND_BOX_SOURCES:
        raise LandmarkError(
            f'unknown box source {source!r}{nearest(source, HAND_BOX_SOURCES)}; expected one of '
            f'{", ".join(HAND_BOX_SOURCES)}'
        )


def choose_hand_boxes(
    hands: RawHands, source: str = 'auto', margin: float = DEFAULT_MARGIN
) -> tuple[np.ndarray, list[str]]:
    """Choose the box of each hand and say where it comes from.

    Args:
        hands: The hands.
        source: ``annotation`` (the box file), ``landmarks``, ``auto``: see
            `annotations.face_boxes.choose_boxes`; or ``picture``, the whole picture.
        margin: Of a box around landmarks; the same.

    Returns:
        (N, 4) float64 x1, y1, x2, y2, and N texts ``annotation``, ``landmarks`` or ``picture``.

    Raises:
        LandmarkError: Unknown source, margin out of range, or a hand that has no box of any area.
    """
    check_box_source(source)
    if source == PICTURE:
        corners = np.zeros((len(hands), 4))
        corners[:, 2:] = hands.sizes
        return corners, [PICTURE] * len(hands)
    boxes, used = choose_boxes(
        hands.points, hands.visible, hands.boxes, hands.sizes, source, margin
    )
    for row in np.flatnonzero(used == ''):
        raise LandmarkError(
            f'{hands.files[row]}: its points span no area, and there is no box file'
        )
    return boxes, used.tolist()


def coco_document(
    hands: RawHands,
    bbox_source: str = 'auto',
    margin: float = DEFAULT_MARGIN,
    *,
    first_id: int = 1,
    info: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a COCO keypoint document, one picture and one annotation a hand.

    Besides COCO's fields an annotation has ``gesture``, ``handedness`` (``left``, ``right`` or
    null) and ``handedness_score``, ``keypoints_z``, ``bbox_source`` and ``bbox_annotation`` (the
    box of the box file, or null).

    Args:
        hands: The hands.
        bbox_source: See `choose_hand_boxes`.
        margin: The same.
        first_id: Id of the first picture and annotation.
        info: What the document says about itself.

    Raises:
        LandmarkError: See `choose_hand_boxes`.
    """
    boxes, sources = choose_hand_boxes(hands, bbox_source, margin)
    rows = np.round(xyxy_to_xywh(boxes), _DECIMALS).tolist()
    released = np.round(xyxy_to_xywh(hands.boxes), _DECIMALS).tolist()
    keypoints = coco_lists(hands.points, hands.visible, _DECIMALS)
    depths, has_depth = hands.landmarks[..., 2].tolist(), hands.has_depth.tolist()
    images, annotations = [], []
    for row, box in enumerate(rows):
        id_, (width, height) = first_id + row, hands.sizes[row].tolist()
        name, score = hands.pictures[row], float(hands.scores[row])
        images.append({'id': id_, 'file_name': name, 'width': width, 'height': height})
        annotations.append(
            {
                'id': id_,
                'image_id': id_,
                'category_id': 1,
                'keypoints': keypoints[row],
                'num_keypoints': len(depths[row]),
                DEPTH_FIELD: depths[row] if has_depth[row] else None,
                'bbox': box,
                'bbox_source': sources[row],
                'bbox_annotation': None if np.isnan(hands.boxes[row]).any() else released[row],
                'area': round(box[2] * box[3], _DECIMALS),
                'iscrowd': 0,
                'gesture': hands.gestures[row],
                'handedness': hands.handedness[row],
                'handedness_score': None if np.isnan(score) else score,
            }
        )
    category = hands.schema.to_category(1) | {'name': 'hand', 'supercategory': 'hand'}
    return {
        'info': dict(info or {}),
        'images': images,
        'annotations': annotations,
        'categories': [category],
    }
