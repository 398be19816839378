"""Resampling of whole images: people on one picture, frames of one film, are not independent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmlandmark.evaluation.functional.robust_center import TRIM, trimmed_mean

CHUNK_NUMBERS = 2**19
"""Weights held at once: what stays in a core's cache."""


def group_codes(groups: Sequence[Any]) -> np.ndarray:
    """Return (N,) int64 numbers from 0 for groups of any kind, in order of appearance."""
    numbers: dict[Any, int] = {}
    return np.array([numbers.setdefault(group, len(numbers)) for group in groups], dtype=np.int64)


def resample_counts(num_groups: int, replicates: int, seed: int = 0) -> np.ndarray:
    """Return how often each group is drawn, (replicates, num_groups) uint16.

    Every row draws ``num_groups`` groups with replacement.
    """
    generator = np.random.default_rng(seed)
    counts = np.empty((replicates, num_groups), dtype=np.uint16)
    for row in counts:
        drawn = generator.integers(0, num_groups, num_groups)
        row[:] = np.bincount(drawn, minlength=num_groups)
    return counts


def bootstrap_center(
    vectors: np.ndarray, groups: np.ndarray, counts: np.ndarray, trim: float = TRIM
) -> np.ndarray:
    """Return trimmed means of resampled vectors, coordinate by coordinate.

    Args:
        vectors: (N, D), NaN where unknown.
        groups: (N,) numbers as of ``group_codes``.
        counts: (B, G) as of ``resample_counts``; the same for several sets of vectors keeps their
            replicates comparable.
        trim: As in ``trimmed_mean``.

    Returns:
        (B, D); NaN where a replicate holds no known vector.
    """
    known = np.flatnonzero(np.isfinite(vectors).all(axis=1))
    vectors, groups = vectors[known], groups[known]
    step = max(1, CHUNK_NUMBERS // max(len(known), 1))
    result = np.empty((len(counts), vectors.shape[1]))
    for start in range(0, len(counts), step):
        weights = counts[start : start + step, groups]
        for axis, values in enumerate(vectors.T):
            result[start : start + step, axis] = trimmed_mean(values, weights, trim)
    return result
