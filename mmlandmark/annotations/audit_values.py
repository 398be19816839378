"""Lists of annotations as arrays, with what is no number left as NaN or told, not refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmlandmark.annotations.arrays import number_rows

WRONG_COUNT = 'wrong number of keypoints'
UNREADABLE = 'unreadable keypoints'


def lenient_keypoints(
    rows: Sequence[Any], count: int
) -> tuple[np.ndarray, list[tuple[str, str] | None]]:
    """Return the keypoint lists that can be read, and what is wrong with the others.

    Args:
        rows: One flat list of x, y, v per annotation; null and NaN may stand for a number.
        count: How many keypoints K there should be.

    Returns:
        (n, K, 3) float64 of the n lists without a fault, and for each list its fault: the reason,
        ``WRONG_COUNT`` or ``UNREADABLE``, and details; None where it has none.
    """
    values = number_rows(rows, 3 * count)
    faults: list[tuple[str, str] | None] = [None] * len(rows)
    if values is None:
        faults = [_fault(row, 3 * count) for row in rows]
        good = [row for row, fault in zip(rows, faults, strict=True) if fault is None]
        values = np.array(good, dtype=np.float64)  # None becomes NaN
    return values.reshape(-1, count, 3), faults


def _fault(row: Any, width: int) -> tuple[str, str] | None:
    if not isinstance(row, list):
        return UNREADABLE, f'{row!r:.40}; expected a list of {width} numbers'
    wrong = [value for value in row if not (value is None or is_number(value))]
    if wrong:
        return UNREADABLE, f'{wrong[0]!r:.40}; expected a flat list of {width} numbers'
    if len(row) != width:
        return WRONG_COUNT, f'{len(row)} numbers; expected {width}'
    return None


def lenient_boxes(rows: Sequence[Any]) -> np.ndarray:
    """Return boxes x, y, width, height as (N, 4) float64 x1, y1, x2, y2; else a row of NaN."""
    boxes = np.full((len(rows), 4), np.nan)
    for row, box in enumerate(rows):
        if isinstance(box, list) and len(box) == 4 and all(map(is_number, box)):
            boxes[row] = box
    boxes[:, 2:] += boxes[:, :2]
    return boxes


def is_number(value: Any) -> bool:
    """Whether a value of a JSON file is a number that fits a float; true and false are not."""
    return type(value) is float or (type(value) is int and abs(value) < 10**300)
