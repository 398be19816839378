"""From the raw labels of faces to COCO keypoint documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from mmlandmark.annotations.audit_checks import outside_image
from mmlandmark.annotations.coco_lists import coco_lists
from mmlandmark.annotations.face_boxes import DEFAULT_MARGIN, choose_boxes
from mmlandmark.annotations.face_release import RawFaces
from mmlandmark.annotations.release_problems import NO_BOX, NO_POINT, Problem
from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.geometry.boxes import xyxy_to_xywh

OUTSIDE = ('keep', 'drop')
NOT_A_NUMBER = 'points that are not numbers, unlabelled'
AT_ORIGIN = 'points at (0, 0), unlabelled'
KEPT_OUTSIDE = 'points outside the picture, kept'
DROPPED_OUTSIDE = 'points outside the picture, unlabelled'
_CATEGORY = {'dogflw46': 'dog_face', 'catflw48': 'cat_face'}
_DECIMALS = 6
# Both releases hold PNG files; where they are not at hand, their names follow from the labels'.
_ENDING = '.png'


@dataclass(frozen=True)
class ChosenFaces:
    """What of a release is written: which points are labelled, and which box each face gets.

    Attributes:
        raw: The release.
        points: (N, K, 2) float64 pixels; (0, 0) where not labelled.
        visible: (N, K) uint8: 2 labelled, 0 not.
        boxes: (N, 4) float64 x1, y1, x2, y2, the chosen boxes.
        box_sources: (N,) texts ``annotation`` or ``landmarks``.
        kept: (N,) bool, faces that are written.
        point_counts: What was decided about points -> how many.
        problems: Faces that lost all of their points, or have no box.
    """

    raw: RawFaces
    points: np.ndarray
    visible: np.ndarray
    boxes: np.ndarray
    box_sources: np.ndarray
    kept: np.ndarray
    point_counts: dict[str, int]
    problems: list[Problem] = field(default_factory=list)


def choose_faces(
    raw: RawFaces, bbox_source: str = 'auto', margin: float = DEFAULT_MARGIN, outside: str = 'keep'
) -> ChosenFaces:
    """Decide which points are labelled and which boxes the faces get.

    Args:
        raw: The release.
        bbox_source: See `face_boxes.choose_boxes`.
        margin: The same.
        outside: ``keep`` points outside the picture as they are, or ``drop`` their labels.

    Raises:
        LandmarkError: An unknown choice.
    """
    if outside not in OUTSIDE:
        raise LandmarkError(
            f'unknown choice {outside!r} for points outside{nearest(outside, OUTSIDE)}; expected '
            'keep or drop'
        )
    points = np.round(np.where(raw.visible[..., None] > 0, raw.points, 0.0), _DECIMALS)
    labelled = raw.visible > 0
    origin = labelled & (points == 0).all(axis=2)
    beyond = labelled & (outside_image(points, raw.sizes) > 0)
    counts = {
        NOT_A_NUMBER: ~labelled,
        AT_ORIGIN: origin,
        DROPPED_OUTSIDE if outside == 'drop' else KEPT_OUTSIDE: beyond,
    }
    labelled = labelled & ~origin & ~(beyond & (outside == 'drop'))
    boxes, sources = choose_boxes(points, labelled, raw.boxes, raw.sizes, bbox_source, margin)
    problems = []
    kept = raw.kept.copy()
    for reason, lacking in (
        (NO_POINT, ~labelled.any(axis=1)),
        (NO_BOX, labelled.any(axis=1) & (sources == '')),
    ):
        problems += [Problem(raw.files[row], reason) for row in np.flatnonzero(kept & lacking)]
        kept &= ~lacking
    return ChosenFaces(
        raw=raw,
        points=np.where(labelled[..., None], points, 0.0),
        visible=np.where(labelled, 2, 0).astype(np.uint8),
        boxes=boxes,
        box_sources=sources,
        kept=kept,
        point_counts={what: int((mask & raw.kept[:, None]).sum()) for what, mask in counts.items()},
        problems=problems,
    )


def coco_document(
    faces: ChosenFaces,
    rows: np.ndarray,
    groups: Sequence[str],
    group_key: str,
    info: Mapping[str, Any],
) -> dict[str, Any]:
    """Return a COCO keypoint document of some faces, one picture and one annotation each.

    Besides COCO's fields an annotation has ``bbox_source`` (``annotation`` or ``landmarks``),
    ``bbox_annotation`` (the release's box, or None) and its breed or subject. Ids are the rows
    of the release plus one, so those of its parts do not overlap.

    Args:
        faces: All faces of the release.
        rows: Which of them.
        groups: The breed or subject of every face of the release.
        group_key: ``breed`` or ``subject``.
        info: What the document says about itself.
    """
    raw = faces.raw
    boxes = np.round(xyxy_to_xywh(faces.boxes[rows]), _DECIMALS)
    images, annotations = [], []
    for row, keypoints, box, released in zip(
        rows.tolist(),
        coco_lists(faces.points[rows], faces.visible[rows], _DECIMALS),
        boxes.tolist(),
        _released_boxes(raw.boxes[rows]),
        strict=True,
    ):
        width, height = raw.sizes[row].tolist()
        name = raw.pictures[row] or _picture_by_convention(raw.files[row])
        images.append({'id': row + 1, 'file_name': name, 'width': width, 'height': height})
        annotations.append(
            {
                'id': row + 1,
                'image_id': row + 1,
                'category_id': 1,
                'keypoints': keypoints,
                'num_keypoints': int((faces.visible[row] > 0).sum()),
                'bbox': box,
                'bbox_source': str(faces.box_sources[row]),
                'bbox_annotation': released,
                'area': round(box[2] * box[3], _DECIMALS),
                'iscrowd': 0,
                group_key: groups[row],
            }
        )
    name = _CATEGORY.get(raw.schema.name, raw.schema.name)
    category = raw.schema.to_category(1) | {'name': name, 'supercategory': 'face'}
    return {
        'info': dict(info),
        'images': images,
        'annotations': annotations,
        'categories': [category],
    }


def _released_boxes(boxes: np.ndarray) -> list[list[float] | None]:
    # COCO has no box of negative size: one whose corners are swapped counts as none.
    valid = np.isfinite(boxes).all(axis=1) & (boxes[:, 2:] >= boxes[:, :2]).all(axis=1)
    rows = np.round(xyxy_to_xywh(boxes), _DECIMALS).tolist()
    return [row if good else None for row, good in zip(rows, valid.tolist(), strict=True)]


def _picture_by_convention(label: str) -> str:
    path = PurePosixPath(label)
    return (path.parent.parent / 'images' / f'{path.stem}{_ENDING}').as_posix()
