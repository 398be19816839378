"""The middle and the spread of differences that hold gross errors."""

from __future__ import annotations

import numpy as np

TRIM = 0.2
"""Share that a trimmed mean leaves out at either end."""

MAD_TO_SIGMA = 1.482602218505602
"""The median absolute deviation of a normal distribution is its standard deviation over this."""


def trimmed_mean(
    values: np.ndarray, weights: np.ndarray | None = None, trim: float = TRIM
) -> np.ndarray:
    """Return weighted trimmed means.

    The share ``trim`` of the weight is cut off at either end, exactly: a value at the cut counts
    with the part of its weight that is inside.

    Args:
        values: (N,), NaN is ignored.
        weights: (B, N) weights, zero or more; None: one row of ones.
        trim: 0 (the mean) to below 0.5.

    Returns:
        (B,) float64; NaN where no value has weight.
    """
    values = np.asarray(values, dtype=np.float64)
    known = np.flatnonzero(np.isfinite(values))
    rows = 1 if weights is None else len(weights)
    if not len(known):
        return np.full(rows, np.nan)
    order = known[np.argsort(values[known], kind='stable')]
    ordered = values[order]
    weights = np.ones((1, len(order))) if weights is None else weights[:, order]
    reached = np.cumsum(weights, axis=1, dtype=np.float64)
    total = reached[:, -1]
    low, high = trim * total, (1 - trim) * total
    np.clip(reached, low[:, None], high[:, None], out=reached)
    # the sum of values times what each adds to ``reached``, summed by parts
    inside = high * ordered[-1] - low * ordered[0] - reached[:, :-1] @ np.diff(ordered)
    return inside / np.where(total > 0, high - low, np.nan)


def robust_spread(vectors: np.ndarray) -> float:
    """Return the standard deviation of one coordinate, judged by the median absolute deviation.

    Args:
        vectors: (N, 2), rows with NaN are ignored.

    Returns:
        Root mean square over the two coordinates; NaN for no vectors.
    """
    vectors = vectors[np.isfinite(vectors).all(axis=1)]
    if not len(vectors):
        return float('nan')
    deviation = np.abs(vectors - np.median(vectors, axis=0))
    return float(MAD_TO_SIGMA * np.sqrt(np.square(np.median(deviation, axis=0)).mean()))
