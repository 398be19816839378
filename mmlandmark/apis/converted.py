"""The annotations and categories of a converted file, made from the old ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmlandmark.annotations.coco_lists import name_lists
from mmlandmark.annotations.reader import CocoKeypoints
from mmlandmark.schemas import KeypointSchema


@dataclass(frozen=True)
class ConvertedPoints:
    """The target points of all N annotations.

    Attributes:
        points: (N, T, 2) float64 pixels, (0, 0) where not given.
        visible: (N, T) uint8 COCO v.
        inferred: (N, T) bool.
        sigma: (N, T) float64 pixels, or None.
    """

    points: np.ndarray
    visible: np.ndarray
    inferred: np.ndarray
    sigma: np.ndarray | None


def converted_annotations(
    coco: CocoKeypoints, result: ConvertedPoints, lists: list, names: Sequence[str], field: str
) -> list[dict]:
    """Return all annotations of the file, those with results replaced by new ones.

    Args:
        coco: The file that was converted.
        result: The results, in its order.
        lists: The same points as COCO lists or ready JSON.
        names: The T target names.
        field: The annotation key of the points.
    """
    number = f'num_{field}'
    changed = [
        {
            **old,
            field: points,
            number: count,
            f'{field}_source': old[field],
            f'{number}_source': old.get(number, labelled),
        }
        for old, points, count, labelled in zip(
            coco.annotations,
            lists,
            np.count_nonzero(result.visible, axis=1).tolist(),
            np.count_nonzero(coco.visible, axis=1).tolist(),
            strict=True,
        )
    ]
    for row, inferred in name_lists(result.inferred, names):
        changed[row][f'{field}_inferred'] = inferred
    if result.sigma is not None:
        sigma = np.where(result.visible > 0, np.round(result.sigma, 3), 0.0).tolist()
        for annotation, values in zip(changed, sigma, strict=True):
            annotation[f'{field}_sigma'] = values
    if len(changed) == len(coco.data['annotations']):
        return changed
    annotations = list(coco.data['annotations'])
    for row, annotation in zip(coco.rows.tolist(), changed, strict=True):
        annotations[row] = annotation
    return annotations


def converted_categories(coco: CocoKeypoints, target: KeypointSchema, field: str) -> list[dict]:
    """Return all categories, those of the source schema with the target's names and links."""
    category = target.to_category()
    categories = []
    for old in coco.data['categories']:
        new = old
        if old['id'] in coco.category_ids:
            new = {**old, field: category['keypoints']}
            if field in old:
                new[f'{field}_source'] = old[field]
            if field == 'keypoints':
                new['skeleton'] = category['skeleton']
                if 'skeleton' in old:
                    new['skeleton_source'] = old['skeleton']
        categories.append(new)
    return categories
