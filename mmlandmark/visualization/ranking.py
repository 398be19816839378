"""Which instances to look at: errors of instances and a choice among them."""

from __future__ import annotations

import numpy as np

from mmlandmark.errors import LandmarkError


def instance_errors(
    predicted: np.ndarray,
    target: np.ndarray,
    counted: np.ndarray,
    boxes: np.ndarray,
) -> np.ndarray:
    """Return the mean distance of each instance as a share of its box's longer side.

    Args:
        predicted: (N, K, 2) pixels.
        target: (N, K, 2) pixels.
        counted: (N, K) bool: labelled and given.
        boxes: (N, 4) x1, y1, x2, y2.

    Returns:
        (N,) float64; NaN where nothing counts or the box has no size.
    """
    counted = np.asarray(counted, dtype=bool)
    offset = np.where(counted[..., None], np.asarray(predicted) - np.asarray(target), 0.0)
    total = np.hypot(offset[..., 0], offset[..., 1]).sum(axis=1)
    side = (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
    with np.errstate(invalid='ignore', divide='ignore'):
        errors = total / counted.sum(axis=1) / side
    return np.where((side > 0) & counted.any(axis=1), errors, np.nan)


def spread_over_ranks(errors: np.ndarray, count: int) -> np.ndarray:
    """Choose instances from the best to the worst, evenly spread over the ranks.

    Args:
        errors: (N,); instances with NaN are never chosen.
        count: How many at most; one alone is the median, more include the best and the worst.

    Returns:
        (n,) int64 positions, by rising error.
    """
    ranked = _ranked(errors, count)
    if count == 1:
        return ranked[len(ranked) // 2 : len(ranked) // 2 + 1]
    ranks = np.round(np.linspace(0, len(ranked) - 1, min(count, len(ranked)))).astype(np.int64)
    return ranked[ranks]


def worst_median_best(errors: np.ndarray, each: int) -> dict[str, np.ndarray]:
    """Choose the instances with the largest, middle and smallest errors.

    Args:
        errors: (N,); instances with NaN are never chosen.
        each: How many of each kind at most; no instance is chosen twice.

    Returns:
        ``worst``, ``median``, ``best`` -> (n,) int64 positions, the most telling first.
    """
    ranked = _ranked(errors, each)
    each = min(each, len(ranked) // 3)
    middle = (len(ranked) - each) // 2
    return {
        'worst': ranked[len(ranked) - each :][::-1],
        'median': ranked[middle : middle + each],
        'best': ranked[:each],
    }


def _ranked(errors: np.ndarray, count: int) -> np.ndarray:
    if count < 1:
        raise LandmarkError(f'{count} instances asked for; expected at least 1')
    errors = np.asarray(errors, dtype=np.float64)
    order = np.argsort(errors, kind='stable')
    return order[: int(np.isfinite(errors).sum())]
