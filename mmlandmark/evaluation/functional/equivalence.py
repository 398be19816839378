"""How large a bias is at least and at most, and what that says against a tolerance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Bias:
    """A bias with its bootstrap bounds, in the unit of the vectors.

    Args:
        frame: Name of the frame that it is measured in.
        vector: (2,) the bias.
        interval: (2, 2) low and high of both coordinates, two-sided.
        lower: The length is larger than this, one-sided.
        upper: The length is smaller than this, one-sided: equivalent within any tolerance above.
    """

    frame: str
    vector: np.ndarray
    interval: np.ndarray
    lower: float
    upper: float

    @property
    def size(self) -> float:
        """The length of the bias."""
        return float(np.hypot(*self.vector))


def bounded_bias(
    frame: str, vector: np.ndarray, replicates: np.ndarray, confidence: float = 0.95
) -> Bias:
    """Bound a bias by its bootstrap replicates (percentiles).

    The test of equivalence rejects "the bias is at least the tolerance" where ``upper`` is below
    it. Near zero the length of a noisy vector is never zero, so the bound errs on the safe side.

    Args:
        frame: Name of the frame.
        vector: (2,) the estimate.
        replicates: (B, 2) estimates from resampled data.
        confidence: Of the two-sided interval and of each one-sided bound.
    """
    known = replicates[np.isfinite(replicates).all(axis=1)]
    if not len(known) or not np.isfinite(vector).all():
        nothing = np.full((2, 2), np.nan)
        return Bias(frame, np.asarray(vector, dtype=np.float64), nothing, 0.0, float('inf'))
    tail = (1 - confidence) / 2
    interval = np.quantile(known, [tail, 1 - tail], axis=0).T
    length = np.hypot(*known.T)
    lower, upper = np.quantile(length, [1 - confidence, confidence])
    return Bias(frame, np.asarray(vector, dtype=np.float64), interval, float(lower), float(upper))
