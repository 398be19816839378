"""What an inferencer returns, and its two file formats: strict JSON and COCO keypoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mmlandmark.annotations.coco_lists import coco_lists
from mmlandmark.geometry.boxes import xyxy_to_xywh
from mmlandmark.schemas import KeypointSchema

_DECIMALS = 3


@dataclass(frozen=True)
class FaceResult:
    """One face of a picture; K keypoints, in the order of the inferencer's schema.

    Attributes:
        points: (K, 2) float64, pixels of the picture.
        scores: (K,) float64, the model's confidence in each point; on its own scale.
        bbox: (4,) float64 x1, y1, x2, y2, pixels: the box that was given or found.
        bbox_score: The detector's score; None where no detector was asked.
        regions: Region of the schema -> (4,) box around its points, cut at the picture's edges,
            or None.
        region_reasons: Why a region is None, by its name.
        box_number: The place of the box among those given or found for the picture.
    """

    points: np.ndarray
    scores: np.ndarray
    bbox: np.ndarray
    bbox_score: float | None = None
    regions: dict[str, np.ndarray | None] = field(default_factory=dict)
    region_reasons: dict[str, str] = field(default_factory=dict)
    box_number: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return plain lists and numbers."""
        return {
            'bbox': _rounded(self.bbox),
            'bbox_score': self.bbox_score,
            'box_number': self.box_number,
            'keypoints': _rounded(self.points),
            'scores': _rounded(self.scores, 6),
            'regions': {
                name: {'bbox': None, 'reason': self.region_reasons[name]}
                if box is None
                else {'bbox': _rounded(box)}
                for name, box in self.regions.items()
            },
        }


@dataclass(frozen=True)
class PictureResult:
    """The faces of one picture.

    Attributes:
        name: Path; of a folder that is all of the input, relative to it; ``clip.mp4#000012``;
            ``array 0``.
        size: Width and height in pixels; None for a picture that could not be read.
        faces: One per usable box, in the order of the boxes.
        problems: What is wrong with the picture or its boxes, one line each.
        bbox_source: ``given``, ``detector`` or ``picture`` (the whole of it).
    """

    name: str
    size: tuple[int, int] | None
    faces: list[FaceResult]
    problems: tuple[str, ...] = ()
    bbox_source: str = 'given'

    def to_json(self) -> dict[str, Any]:
        """Return plain lists and numbers."""
        width, height = self.size or (None, None)
        return {
            'name': self.name,
            'width': width,
            'height': height,
            'bbox_source': self.bbox_source,
            'faces': [face.to_json() for face in self.faces],
            'problems': list(self.problems),
        }


def count_results(results: Sequence[PictureResult]) -> dict[str, int]:
    """Return the numbers of pictures, faces, pictures without a face or unread, and problems."""
    return {
        'pictures': len(results),
        'faces': sum(len(result.faces) for result in results),
        'without_faces': sum(r.size is not None and not r.faces for r in results),
        'unreadable': sum(result.size is None for result in results),
        'problems': sum(len(result.problems) for result in results),
    }


def results_to_json(results: Sequence[PictureResult], schema: KeypointSchema) -> dict[str, Any]:
    """Return all results as one JSON object, with the schema's name and keypoint names."""
    return {
        'schema': schema.name,
        'keypoints': list(schema.keypoints),
        'counts': count_results(results),
        'pictures': [result.to_json() for result in results],
    }


def results_to_coco(results: Sequence[PictureResult], schema: KeypointSchema) -> dict[str, Any]:
    """Return all results as a COCO keypoint file.

    Every keypoint has v = 2. ``score`` is the mean score of the keypoints, times the detector's
    where there is one; ``keypoint_scores`` has one for each. Pictures that could not be read have
    no size and stand under ``info.problems`` only, as all problems do.
    """
    read = [result for result in results if result.size is not None]
    annotations = []
    for image_id, result in enumerate(read, start=1):
        for face in result.faces:
            annotations.append(_annotation(face, result, len(annotations) + 1, image_id))
    return {
        'info': {
            'description': f'predictions of {schema.num_keypoints} keypoints ({schema.name})',
            'problems': [line for result in results for line in result.problems],
        },
        'images': [
            {'id': id_, 'file_name': r.name, 'width': r.size[0], 'height': r.size[1]}
            for id_, r in enumerate(read, start=1)
        ],
        'annotations': annotations,
        'categories': [schema.to_category()],
    }


def _annotation(face: FaceResult, result: PictureResult, id_: int, image_id: int) -> dict[str, Any]:
    visible = np.full((1, len(face.points)), 2, dtype=np.uint8)
    bbox = _rounded(xyxy_to_xywh(face.bbox))
    score = float(face.scores.mean())
    return {
        'id': id_,
        'image_id': image_id,
        'category_id': 1,
        'iscrowd': 0,
        'keypoints': coco_lists(face.points[None], visible, _DECIMALS)[0],
        'num_keypoints': len(face.points),
        'bbox': bbox,
        'bbox_source': result.bbox_source,
        'area': round(bbox[2] * bbox[3], _DECIMALS),
        'score': score if face.bbox_score is None else score * face.bbox_score,
        'bbox_score': face.bbox_score,
        'keypoint_scores': _rounded(face.scores, 6),
    }


def _rounded(values: np.ndarray, decimals: int = _DECIMALS) -> list:
    return (np.round(np.asarray(values, dtype=np.float64), decimals) + 0.0).tolist()
