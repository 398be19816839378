"""Cases of several kinds as one picture: a row for each kind."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

_GAP, _PAPER = 12, 255


def case_grid(rows: Sequence[Sequence[np.ndarray]], scale: float = 1.0) -> np.ndarray:
    """Put drawn cases of one size side by side, one row for each kind.

    Args:
        rows: The cases of each row, (H, W, 3) uint8 each, at least one in all; rows may be of
            different lengths.
        scale: Factor by which every case is made smaller.

    Returns:
        (H', W', 3) uint8.
    """
    first = next(case for row in rows for case in row)
    height, width = (max(1, round(side * scale)) for side in first.shape[:2])
    columns = max(map(len, rows))
    step = np.array([height, width]) + _GAP
    grid = np.full((*(step * (len(rows), columns) + _GAP), 3), _PAPER, dtype=np.uint8)
    for number, row in enumerate(rows):
        for column, case in enumerate(row):
            top, left = step * (number, column) + _GAP
            small = cv2.resize(case, (width, height), interpolation=cv2.INTER_AREA)
            grid[top : top + height, left : left + width] = small
    return grid
