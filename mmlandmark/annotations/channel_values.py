"""Lists of points ``[u, v]`` or ``[u, v, depth]`` as one array, without Python per point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

import numpy as np

from mmlandmark.annotations.arrays import number_rows
from mmlandmark.annotations.audit_values import is_number
from mmlandmark.errors import LandmarkError

_EXPECTED = 'expected [u, v] or [u, v, depth]'


def point_rows(lists: Sequence[Any], label: Callable[[int], str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the points of many lists, checked.

    Args:
        lists: One list of points each. The points of a list have two numbers, or all have three;
            the third may be null.
        label: Position of a list -> what messages call it.

    Returns:
        (M, 3) float64 u, v and depth, NaN where there is none; (M,) int64 position of the list.

    Raises:
        LandmarkError: Not such lists; the message names the list and the point.
    """
    values = _rows(lists)
    if values is None:
        raise LandmarkError(
            next(p for i, points in enumerate(lists) if (p := _fault(points, label(i))))
        )
    return values, np.repeat(np.arange(len(lists)), [len(points) for points in lists])


def _rows(lists: Sequence[Any]) -> np.ndarray | None:
    """The (M, 3) values, or None where some list is not as it should be."""
    if not set(map(type, lists)) <= {list}:
        return None
    flat = list(chain.from_iterable(lists))
    if not set(map(type, flat)) <= {list}:
        return None
    lengths = np.fromiter(map(len, flat), dtype=np.int64, count=len(flat))
    counts = [len(points) for points in lists]
    ends = np.cumsum(counts)
    first = np.repeat((ends - counts), counts)
    if not (np.isin(lengths, (2, 3)) & (lengths == lengths[first])).all():
        return None
    if not set(map(type, chain.from_iterable(flat))) <= {int, float, type(None)}:
        return None
    values = np.full((len(flat), 3), np.nan)
    for width in (2, 3):
        chosen = np.flatnonzero(lengths == width)
        rows = [flat[row] for row in chosen.tolist()]
        if width == 3 and any(row[2] is None for row in rows):
            rows = [[*row[:2], float('nan')] if row[2] is None else row for row in rows]
        numbers = number_rows(rows, width)
        if numbers is None or not np.isfinite(numbers[:, :2]).all():
            return None
        values[chosen, :width] = numbers
    return values


def _fault(points: Any, label: str) -> str | None:
    """What is wrong with a list of points, in one line; None if nothing is."""
    if not isinstance(points, list):
        return f'{label} is {points!r:.60}; expected a list of points'
    for index, point in enumerate(points):
        at = f'{label}, point {index}'
        if not isinstance(point, list):
            return f'{at} is {point!r:.60}; {_EXPECTED}'
        if len(point) not in (2, 3):
            return f'{at} has {len(point)} numbers; {_EXPECTED}'
        if len(point) != len(points[0]):
            return (
                f'{at} has {len(point)} numbers and point 0 has {len(points[0])}; expected the '
                'same for all points of a channel, null for a depth that is not known'
            )
        for place, value in enumerate(point):
            if not (is_number(value) or (place == 2 and value is None)):
                return f'{at} holds {value!r:.60}; expected numbers'
    return None
