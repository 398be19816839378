"""Left and right: biases that should mirror each other, and sides that are exchanged."""

from __future__ import annotations

import numpy as np

from mmlandmark.evaluation.functional.equivalence import Bias, bounded_bias

MIRROR = np.array([-1.0, 1.0])


def mirror_difference(
    left: np.ndarray,
    left_replicates: np.ndarray,
    right: np.ndarray,
    right_replicates: np.ndarray,
    confidence: float = 0.95,
) -> Bias:
    """Compare the bias of a left point with the mirror image of the right one's.

    Args:
        left: (2,) in frames whose x points to the instance's left.
        left_replicates: (B, 2) from the same draws as the right ones.
        right: (2,).
        right_replicates: (B, 2).
        confidence: Of the bounds.

    Returns:
        The difference with its bounds; zero where the two sides agree.
    """
    difference = left - MIRROR * right
    replicates = left_replicates - MIRROR * right_replicates
    return bounded_bias('mirrored', difference, replicates, confidence)


def sides_exchanged(
    source_left: np.ndarray,
    source_right: np.ndarray,
    target_left: np.ndarray,
    target_right: np.ndarray,
) -> bool:
    """Whether targets mostly lie nearer to the source of the other side; all (N, 2)."""
    straight = _gap(source_left, target_left) + _gap(source_right, target_right)
    crossed = _gap(source_left, target_right) + _gap(source_right, target_left)
    known = np.isfinite(straight) & np.isfinite(crossed) & (straight != crossed)
    return bool(known.any() and (crossed < straight)[known].mean() > 0.5)


def _gap(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.hypot(*(one - other).T)
