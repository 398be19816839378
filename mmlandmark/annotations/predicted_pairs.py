"""Predictions beside labels as a file of pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from mmlandmark.annotations.coco_lists import coco_lists
from mmlandmark.errors import LandmarkError

if TYPE_CHECKING:
    from mmlandmark.schemas import KeypointSchema


@dataclass(frozen=True)
class PredictedPair:
    """What a model predicted for one instance, and its labels; all in image coordinates.

    Attributes:
        id: Annotation id.
        image_id: Id of the picture, a number or a text.
        source_points: (S, 2) predicted points, pixels.
        source_visible: (S,) COCO v.
        scores: (S,) confidence of each predicted point.
        target_points: (T, 2) labelled points, pixels.
        target_visible: (T,) COCO v.
        bbox: (4,) x1, y1, x2, y2, or None.
        image: Further fields of the picture, such as ``file_name``, ``width`` and ``height``.
        extra: Further fields of the annotation, such as ``head_size``.
    """

    id: int
    image_id: int | str
    source_points: np.ndarray
    source_visible: np.ndarray
    scores: np.ndarray
    target_points: np.ndarray
    target_visible: np.ndarray
    bbox: np.ndarray | None = None
    image: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)


def pair_document(
    pairs: Sequence[PredictedPair], source: KeypointSchema, target: KeypointSchema, where: str
) -> dict[str, Any]:
    """Return the COCO object whose annotations hold ``keypoints`` and ``keypoints_target``.

    Image ids that are no integers are numbered from 1 in the order of their names.

    Args:
        pairs: At least one.
        source: Schema of the predicted points.
        target: Schema of the labels.
        where: File name, for messages.

    Raises:
        LandmarkError: Two instances have one id.
    """
    ids = [pair.id for pair in pairs]
    if len(set(ids)) != len(ids):
        twice = next(i for i in ids if ids.count(i) > 1)
        raise LandmarkError(f'{where}: annotation {twice} was predicted {ids.count(twice)} times')
    number = _image_numbers(pairs)
    sources = coco_lists(*_stacked([(p.source_points, p.source_visible) for p in pairs]))
    targets = coco_lists(*_stacked([(p.target_points, p.target_visible) for p in pairs]))
    images = {number[p.image_id]: {**p.image, 'id': number[p.image_id]} for p in pairs}
    category = source.to_category()
    category.update(keypoints_target=list(target.keypoints), target_name=target.name)
    return {
        'info': {'description': 'keypoints: predicted; keypoints_target: labelled'},
        'images': [images[image_id] for image_id in sorted(images)],
        'annotations': [
            _annotation(pair, number[pair.image_id], category['id'], *lists)
            for pair, *lists in zip(pairs, sources, targets, strict=True)
        ],
        'categories': [category],
    }


def _annotation(
    pair: PredictedPair, image_id: int, category_id: int, points: list, target_points: list
) -> dict[str, Any]:
    annotation = {
        **pair.extra,
        'id': pair.id,
        'image_id': image_id,
        'category_id': category_id,
        'keypoints': points,
        'num_keypoints': int((pair.source_visible > 0).sum()),
        'keypoint_scores': np.round(pair.scores.astype(np.float64), 4).tolist(),
        'keypoints_target': target_points,
        'num_keypoints_target': int((pair.target_visible > 0).sum()),
    }
    if pair.bbox is not None:
        x1, y1, x2, y2 = np.round(pair.bbox.astype(np.float64), 3).tolist()
        annotation['bbox'] = [x1, y1, x2 - x1, y2 - y1]
    return annotation


def _image_numbers(pairs: Sequence[PredictedPair]) -> dict[int | str, int]:
    known = dict.fromkeys(pair.image_id for pair in pairs)
    numbers = [image_id for image_id in known if isinstance(image_id, int)]
    if len(numbers) == len(known):
        return {number: number for number in numbers}
    return {name: number for number, name in enumerate(sorted(known, key=str), start=1)}


def _stacked(sides: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    points, visible = (np.stack(part) for part in zip(*sides, strict=True))
    # an unlabelled point may hold anything; files have zeros there
    return np.where(visible[..., None] > 0, points, 0.0).astype(np.float64), visible
