"""The rules of a mapping: how they are checked, and weighted means over whole batches."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from numbers import Real

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas.checks import check_name
from mmlandmark.schemas.schema import KeypointSchema

WEIGHT_TOLERANCE = 1e-6
Rule = str | Sequence[str] | Mapping[str, float]


def check_rule(
    mapping: str, source: KeypointSchema, target: KeypointSchema, keypoint: str, rule: Rule
) -> dict[str, float]:
    """Return the weights of the source points that give one target point.

    Args:
        mapping: Name of the mapping, for errors.
        source: Schema that the rule's names belong to.
        target: Schema that ``keypoint`` belongs to.
        keypoint: The target point.
        rule: The name of a source point, a list of them whose mean is meant, or their weights.

    Raises:
        LandmarkError: A name is unknown, or weights are not finite or do not sum to one.
    """
    where = f'mapping {mapping!r}'
    check_name(target.name, keypoint, target.keypoints, where)
    if isinstance(rule, str):
        weights = {rule: 1.0}
    elif isinstance(rule, Mapping):
        weights = dict(rule)
    else:
        weights = {name: 1.0 / len(rule) for name in rule}
        if not weights or len(weights) != len(rule):
            raise LandmarkError(
                f'{where}: keypoint {keypoint!r} needs different source keypoints, '
                f'found {list(rule)!r}'
            )
    for name, weight in weights.items():
        check_name(source.name, name, source.keypoints, f'{where}, rule {keypoint!r},')
        is_number = isinstance(weight, Real) and not isinstance(weight, bool)
        if not is_number or not math.isfinite(weight):
            raise LandmarkError(
                f'{where}: keypoint {keypoint!r} takes {name!r} with weight {weight!r}, '
                'expected a finite number'
            )
    total = math.fsum(weights.values())
    if abs(total - 1.0) > WEIGHT_TOLERANCE:
        raise LandmarkError(
            f'{where}: the weights of keypoint {keypoint!r} sum to {total:g}, expected 1'
        )
    return {name: float(weight) for name, weight in weights.items() if weight != 0}


def weighted_means(
    matrix: np.ndarray, points: np.ndarray, visible: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return weighted means of labelled points, and their visibility.

    Args:
        matrix: (T, S) weights; a row of zeros gives no point.
        points: (..., S, 2) float64; what stands at unlabelled points has no influence.
        visible: (..., S) COCO's v.

    Returns:
        (..., T, 2) points and (..., T) uint8 v; (0, 0) with v 0 where a source is unlabelled.
    """
    labelled = visible > 0
    clean = np.where(labelled[..., None], points, 0.0)
    # one product over all samples: its rows are the x's and the y's of every sample
    rows = clean.swapaxes(-1, -2).reshape(-1, matrix.shape[1]) @ matrix.T
    means = rows.reshape(*points.shape[:-2], 2, matrix.shape[0]).swapaxes(-1, -2)
    uses = (matrix != 0).astype(np.float32).T
    given = ((~labelled).astype(np.float32) @ uses == 0) & uses.any(axis=0)
    seen = given & ((visible < 2).astype(np.float32) @ uses == 0)
    return np.where(given[..., None], means, 0.0), given.astype(np.uint8) + seen
