"""What converting a batch of keypoints gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Conversion:
    """Converted keypoints of N instances.

    Args:
        points: (N, T, 2) float64, image coordinates in pixels; (0, 0) where not given.
        visible: (N, T) uint8, COCO's v: 0 not given, 1 inferred from incomplete or invisible
            sources, 2 seen.
        inferred: (N, T) bool, True where sources of the point were missing.
        sigma: (N, T) float64 expected error in pixels, or None if the method states none.
    """

    points: np.ndarray
    visible: np.ndarray
    inferred: np.ndarray
    sigma: np.ndarray | None = None
