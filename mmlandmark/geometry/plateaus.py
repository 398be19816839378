"""Cells of equal value that are one peak, and peaks of equal value that are too close."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def merge_plateaus(
    flat: Tensor,
    all_cells: Callable[[], Tensor],
    tops: Tensor,
    points: Tensor,
    shape: torch.Size,
) -> tuple[Tensor, Tensor]:
    """Leave one cell of each plateau, and none of a plateau that something higher touches.

    Args:
        flat: The maps, flattened.
        all_cells: Gives the flat indices, rising, of all cells above the threshold; called only
            if there are plateaus.
        tops: Those of them that nothing in their window exceeds, rising.
        points: Positions of ``tops`` in cells, (N, 2).
        shape: Of the maps, (B, C, h, w).

    Returns:
        What remains of ``tops``, rising, and its positions: the mean over the plateau, moved into
        the cell that represents it, the one nearest to the mean of all (the first one of several).
    """
    if not _touches_equal(flat, tops, shape).any():
        return tops, points
    cells = all_cells()
    label = _components(len(cells), *_equal_pairs(flat, cells, shape, 1))
    at = torch.searchsorted(cells, tops)
    whole = torch.bincount(label) == torch.bincount(label[at], minlength=int(label.max()) + 1)
    kept = whole[label[at]]
    tops, points = tops[kept], points[kept]
    label = torch.unique(label[at][kept], return_inverse=True)[1]
    return _represent(tops, points, label, shape)


def first_of_ties(
    flat: Tensor, tops: Tensor, points: Tensor, shape: torch.Size, min_distance: int
) -> tuple[Tensor, Tensor]:
    """Of peaks of equal value within ``min_distance`` of each other, leave the first ones.

    Whatever lies within reach of a peak that stays goes, from top to bottom and left to right.
    Arguments and result are those of `merge_plateaus`.
    """
    maps = tops // (shape[2] * shape[3])
    order = flat[tops].argsort(stable=True)
    order = order[maps[order].argsort(stable=True)]
    same = (flat[tops[order]].diff() == 0) & (maps[order].diff() == 0)
    if not same.any():
        return tops, points
    tied = torch.cat([order[:-1][same], order[1:][same]]).unique()
    first, second = _equal_pairs(flat, tops[tied], shape, min_distance)
    undecided = torch.ones(len(tied), dtype=torch.bool, device=flat.device)
    kept = torch.zeros_like(undecided)
    while undecided.any():
        waiting = torch.zeros_like(undecided)
        waiting[second[undecided[first]]] = True
        chosen = undecided & ~waiting
        kept |= chosen
        undecided &= ~chosen
        undecided[second[chosen[first]]] = False
    stays = torch.ones(len(tops), dtype=torch.bool, device=flat.device)
    stays[tied] = kept
    return tops[stays], points[stays]


def take(values: Tensor, indices: Tensor) -> Tensor:
    """``values[indices]`` along the first axis, in a tenth of the time that takes on a CPU."""
    return values.index_select(0, indices)


def _moved(cells: Tensor, shape: torch.Size, dy: int, dx: int) -> tuple[Tensor, Tensor]:
    """Flat indices of the neighbours at an offset, and whether they are on the map."""
    height, width = shape[2:]
    row, column = cells // width % height + dy, cells % width + dx
    inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    return torch.where(inside, cells + dy * width + dx, cells), inside


def _touches_equal(flat: Tensor, cells: Tensor, shape: torch.Size) -> Tensor:
    """Whether a neighbour of each cell has the same value, (N,) bool."""
    touches = torch.zeros(len(cells), dtype=torch.bool, device=flat.device)
    for dy, dx in _forward(1):
        for sign in (1, -1):
            near, inside = _moved(cells, shape, sign * dy, sign * dx)
            touches |= inside & (take(flat, near) == take(flat, cells))
    return touches


def _equal_pairs(
    flat: Tensor, cells: Tensor, shape: torch.Size, reach: int
) -> tuple[Tensor, Tensor]:
    """Positions in ``cells`` of those within reach of each other that are equal; first < second."""
    first, second = [], []
    for dy, dx in _forward(reach):
        near, inside = _moved(cells, shape, dy, dx)
        one = (inside & (take(flat, near) == take(flat, cells))).nonzero().squeeze(1)
        other = torch.searchsorted(cells, near[one]).clamp(max=len(cells) - 1)
        found = cells[other] == near[one]
        first.append(one[found])
        second.append(other[found])
    return torch.cat(first), torch.cat(second)


def _forward(reach: int) -> list[tuple[int, int]]:
    """Offsets of the window to cells that come later."""
    steps = range(-reach, reach + 1)
    return [(dy, dx) for dy in range(reach + 1) for dx in steps if (dy, dx) > (0, 0)]


def _components(count: int, first: Tensor, second: Tensor) -> Tensor:
    """The smallest member of the component of each of ``count`` nodes, (count,)."""
    label = torch.arange(count, device=first.device)
    while True:
        one, other = label[first], label[second]
        if (one == other).all():
            return label
        lower = torch.minimum(one, other)
        label = label.scatter_reduce(0, one, lower, 'amin').scatter_reduce(0, other, lower, 'amin')
        # follow the chains of labels to their ends, which halves what is left of them each time
        while not torch.equal(label, shorter := label[label]):
            label = shorter


def _represent(
    tops: Tensor, points: Tensor, label: Tensor, shape: torch.Size
) -> tuple[Tensor, Tensor]:
    """One cell of each label, and the mean position moved into it."""
    if not len(tops):
        return tops, points
    height, width = shape[2:]
    centres = torch.stack([tops % width, tops // width % height], dim=1).double() + 0.5
    groups = int(label.max()) + 1
    size = torch.bincount(label).double()[:, None]
    total = centres.new_zeros((groups, 2)).index_add_(0, label, centres)
    # times the size, so that equal distances are equal to the last bit
    distance = (centres * size[label] - total[label]).square().sum(dim=1)
    least = distance.new_full((groups,), torch.inf).scatter_reduce(0, label, distance, 'amin')
    nearest = (distance == least[label]).nonzero().squeeze(1)
    chosen = nearest.new_full((groups,), len(tops))
    chosen = chosen.scatter_reduce(0, label[nearest], nearest, 'amin').sort()[0]
    mean = centres.new_zeros((groups, 2)).index_add_(0, label, points.double()) / size
    middle = centres[chosen]
    mean = torch.minimum(torch.maximum(mean[label[chosen]], middle - 0.5), middle + 0.5)
    return tops[chosen], mean.to(points.dtype)
