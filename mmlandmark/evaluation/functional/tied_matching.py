"""The best matching of a small crowd of detections and ground truths where there are ties."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

_NONE = -1


def assign_tied(
    detection: np.ndarray, truth: np.ndarray, square: np.ndarray, score: np.ndarray
) -> np.ndarray:
    """Find the matched detections of the lexicographically best matching.

    Best are, by falling score: as many matches as can be among the detections of that score, then
    the least sum of squared distances. Python's whole numbers hold this order of aims in one cost,
    exactly, however many scores there are.

    Args:
        detection: Of each pair that may match, (K,).
        truth: Of each pair, (K,).
        square: Squared distance in whole units, (K,).
        score: Of the pair's detection, (K,).

    Returns:
        The matched detections.
    """
    rows, row = np.unique(detection, return_inverse=True)
    columns, column = np.unique(truth, return_inverse=True)
    level = np.unique(-score, return_inverse=True)[1]
    costs = _costs(row, column, square, level, (len(rows), len(columns)))
    chosen = _cheapest(costs)
    return rows[np.flatnonzero(np.asarray(chosen) < len(columns))]


def _costs(
    row: np.ndarray,
    column: np.ndarray,
    square: np.ndarray,
    level: np.ndarray,
    shape: tuple[int, int],
) -> list[list[int]]:
    """Cost of each detection with each ground truth, and of staying alone, in as many columns."""
    size, targets = shape
    levels = int(level.max()) + 1
    # more than all costs of one aim together, in units of that aim
    base = 2 * size * (int(square.max()) + 1) + 1
    never = base ** (2 * levels + 1)
    costs = [[never] * targets + [0] * size for _ in range(size)]
    for i, j, distance, rank in zip(
        row.tolist(), column.tolist(), square.tolist(), level.tolist(), strict=True
    ):
        below = 2 * (levels - 1 - rank)
        costs[i][j] = distance * base**below - base ** (below + 1)
    return costs


def _cheapest(costs: list[list[int]]) -> list[int]:
    """The column of each row in the assignment of the least sum; rows do not exceed columns.

    The Hungarian method by shortest augmenting paths: Jonker and Volgenant, "A shortest
    augmenting path algorithm for dense and sparse linear assignment problems", 1987.
    """
    width = len(costs[0])
    row_price, column_price = [0] * len(costs), [0] * width
    owner = [_NONE] * width
    for start in range(len(costs)):
        end, before = _shortest_path(costs, start, owner, row_price, column_price)
        while end != _NONE:
            previous = before[end]
            owner[end] = start if previous == _NONE else owner[previous]
            end = previous
    chosen = [_NONE] * len(costs)
    for column, row in enumerate(owner):
        if row != _NONE:
            chosen[row] = column
    return chosen


def _shortest_path(
    costs: list[list[int]],
    start: int,
    owner: list[int],
    row_price: list[int],
    column_price: list[int],
) -> tuple[int, list[int]]:
    """The free column that is cheapest to reach from a row, and the columns passed before each.

    The prices are brought up to date.
    """
    width = len(owner)
    distance: list[Any] = [math.inf] * width  # whole numbers once known, however large
    before, reached = [_NONE] * width, [False] * width
    row, column, length = start, _NONE, 0
    while row != _NONE:
        if column != _NONE:
            reached[column] = True
        best = _NONE
        for j in range(width):
            if reached[j]:
                continue
            through = length + costs[row][j] - row_price[row] - column_price[j]
            if through < distance[j]:
                distance[j], before[j] = through, column
            if best == _NONE or distance[j] < distance[best]:
                best = j
        column, length = best, distance[best]
        row = owner[column]
    row_price[start] += length
    for j in range(width):
        if reached[j]:
            row_price[owner[j]] += length - distance[j]
            column_price[j] -= length - distance[j]
    return column, before
