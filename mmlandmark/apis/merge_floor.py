"""The error of a model on its own data set: no two labellings can be asked to agree better."""

from __future__ import annotations

import os

import numpy as np

from mmlandmark.annotations.json_file import read_json
from mmlandmark.annotations.pairs import read_pairs
from mmlandmark.apis.merge_pairs import unit_lengths
from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.schemas import KeypointSchema


def read_floor(
    path: str | os.PathLike, schema: KeypointSchema, normalizer: str
) -> dict[str, float]:
    """Return the median distance of each keypoint, in units.

    Args:
        path: JSON. Either a pair file of one schema, ``keypoints`` a model's predictions and
            ``keypoints_target`` the labels; or ``{"normalizer": NAME, "errors": {KEYPOINT:
            DISTANCE}}``.
        schema: The target schema.
        normalizer: The unit of the report.

    Raises:
        LandmarkError: Neither form, another unit, an unknown keypoint or a distance that is none.
    """
    content = read_json(path)
    if 'annotations' in content:
        return _measured(path, schema, normalizer)
    if content.get('normalizer') != normalizer:
        raise LandmarkError(
            f'{path}: the floor is in {content.get("normalizer")!r}, the report in {normalizer!r}'
        )
    errors = content.get('errors')
    if not isinstance(errors, dict):
        raise LandmarkError(f'{path}: expected "errors": {{KEYPOINT: DISTANCE}} or a pair file')
    for name, value in errors.items():
        if name not in schema.keypoints:
            raise LandmarkError(
                f'{path}: schema {schema.name!r} has no keypoint {name!r}'
                f'{nearest(name, schema.keypoints)}'
            )
        if type(value) not in (int, float) or not 0 <= value < np.inf:
            raise LandmarkError(f'{path}: keypoint {name!r} has {value!r}; expected a distance')
    return {name: float(value) for name, value in errors.items()}


def _measured(path: str | os.PathLike, schema: KeypointSchema, normalizer: str) -> dict[str, float]:
    pairs = read_pairs(path, schema, schema)
    _, unit = unit_lengths(pairs, normalizer)
    both = (pairs.source_visible > 0) & (pairs.target_visible > 0) & np.isfinite(unit)[:, None]
    distance = np.hypot(*np.moveaxis(pairs.source_points - pairs.target_points, -1, 0))
    distance = distance / unit[:, None]
    return {
        name: float(np.median(distance[both[:, i], i]))
        for i, name in enumerate(schema.keypoints)
        if both[:, i].any()
    }
