"""Peaks of heatmaps: a whole batch at once, on the device of the maps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral
from typing import NamedTuple

import torch
from torch import Tensor

from mmlandmark.errors import LandmarkError
from mmlandmark.geometry.plateaus import first_of_ties, merge_plateaus, take

_BLOCKS = (64, 32, 16, 8, 4, 2, 1)
"""Widths of a block, in cells."""


class Peaks(NamedTuple):
    """Peaks of a batch of maps, sorted by image, channel and falling score.

    Attributes:
        points: x and y in cells, measured from the corner of the map: the centre of cell c lies at
            c + 0.5; (P, 2), the maps' dtype but at least float32.
        batch: Index of the image, (P,) int64.
        channel: Index of the channel, (P,) int64.
        scores: The map's value in the cell of the peak, (P,).
    """

    points: Tensor
    batch: Tensor
    channel: Tensor
    scores: Tensor

    def cpu(self) -> Peaks:
        """The same peaks in the memory of the CPU."""
        return Peaks(*(field.cpu() for field in self))


@torch.no_grad()
def find_peaks(
    maps: Tensor,
    threshold: float | Sequence[float] = 0.1,
    relative: bool = False,
    min_distance: int = 1,
    top_k: int | None = 20,
    refine: bool = True,
    mask: Tensor | None = None,
) -> Peaks:
    """Find the local maxima of every map.

    A cell is a peak if its value is above the threshold and no cell within ``min_distance`` of it,
    in x and in y, is higher (a square window, as in scikit-image's ``peak_local_max``). The border
    of a map is no obstacle: what lies outside counts as lower.

    - Neighbouring cells of equal value are one plateau. It is one peak if no cell in the window of
      any of its cells is higher, in the cell that is nearest to the mean of its cells.
    - Peaks of exactly equal value within ``min_distance`` of each other: the first one, from top
      to bottom and left to right, stays.
    - Sub-pixel refinement, in x and in y: the vertex of the parabola through the logarithms of the
      three values, exact for a Gaussian; through the values themselves where one is not positive.
      A plateau gets the mean of the refined positions of its cells. No point leaves its cell, and
      at a border there is no refinement across it.

    Args:
        maps: (B, C, h, w), floating point.
        threshold: A peak's value is above it; one for all channels, or one for each.
        relative: The threshold is a share of the highest value of that map; a map without a
            positive value has no peaks then.
        min_distance: Cells; 1 leaves all local maxima.
        top_k: The highest that are kept in each map; None: all.
        refine: Refine the positions; otherwise points are centres of cells.
        mask: True where a map is valid, (B, h, w); other cells count as outside.

    Raises:
        LandmarkError: A map is NaN or +infinity somewhere inside its mask, or an argument
            does not fit.
    """
    _check(maps, threshold, min_distance, top_k, mask)
    if maps.numel() == 0:
        return _nothing(maps)
    if mask is not None:
        maps = maps.masked_fill(~mask[:, None], -torch.inf)
    flat = maps.reshape(-1)
    blocks = _high_blocks(maps, threshold, relative)
    tops = _highest_of_window(flat, blocks.crests(), maps.shape, min_distance)
    points = _centres(tops, maps.shape)
    if refine:
        points = points + _offsets(flat, tops, maps.shape)
    tops, points = merge_plateaus(flat, blocks.all_cells, tops, points, maps.shape)
    if min_distance > 1:
        tops, points = first_of_ties(flat, tops, points, maps.shape, min_distance)
    if not refine:
        points = _centres(tops, maps.shape)
    return _sorted(flat, tops, points, maps.shape, top_k)


def check_numbers(min_distance: int = 1, top_k: int | None = None) -> None:
    """LandmarkError if one of these options of `find_peaks` is not a whole number from 1 on."""
    if not _counts(min_distance):
        raise LandmarkError(f'min_distance is {min_distance!r}: expected at least 1 cell, whole')
    if top_k is not None and not _counts(top_k):
        raise LandmarkError(f'top_k is {top_k!r}: expected at least 1, or None for all peaks')


def _counts(number: object) -> bool:
    return isinstance(number, Integral) and not isinstance(number, bool) and int(number) >= 1


def _check(
    maps: Tensor,
    threshold: float | Sequence[float],
    min_distance: int,
    top_k: int | None,
    mask: Tensor | None,
) -> None:
    if maps.ndim != 4 or not maps.is_floating_point():
        raise LandmarkError(f'maps are {maps.dtype} {tuple(maps.shape)}: expected floats, B C h w')
    thresholds = [threshold] if isinstance(threshold, (int, float)) else threshold
    if thresholds is threshold and len(threshold) != maps.shape[1]:
        raise LandmarkError(f'{len(threshold)} thresholds for {maps.shape[1]} channels')
    if any(map(math.isnan, thresholds)):
        raise LandmarkError(f'threshold is {threshold}: expected a number')
    check_numbers(min_distance, top_k)
    expected = (maps.shape[0], *maps.shape[2:])
    if mask is not None and (mask.dtype != torch.bool or tuple(mask.shape) != expected):
        raise LandmarkError(f'mask is {mask.dtype} {tuple(mask.shape)}: expected bool {expected}')


class _Blocks(NamedTuple):
    """Short pieces of rows that reach above the threshold somewhere.

    Attributes:
        number: Of each piece, counted through all maps, (K,), rising.
        values: (K, width of a block).
        above: Whether a value is above the threshold of its map, as ``values``.
    """

    number: Tensor
    values: Tensor
    above: Tensor

    def cells(self, chosen: Tensor) -> Tensor:
        """Flat indices, rising, of the cells that are chosen, a mask as ``above``."""
        width = chosen.shape[1]
        at = chosen.view(-1).nonzero().squeeze(1)
        return take(self.number, at // width) * width + at % width

    def all_cells(self) -> Tensor:
        """All cells above the threshold."""
        return self.cells(self.above)

    def crests(self) -> Tensor:
        """Cells above the threshold that no neighbour left or right in their block exceeds."""
        chosen = self.above.clone()
        left, right = self.values[:, :-1], self.values[:, 1:]
        chosen[:, :-1] &= left >= right
        chosen[:, 1:] &= right >= left
        return self.cells(chosen)


def _high_blocks(maps: Tensor, threshold: float | Sequence[float], relative: bool) -> _Blocks:
    """The blocks that are worth a look.

    One pass over the maps takes the maximum of each block; only blocks whose maximum is above the
    threshold are looked at again, since most of a heatmap is background.
    """
    width = next(size for size in _BLOCKS if maps.shape[3] % size == 0)
    blocks = maps.reshape(-1, width)
    highest = blocks.amax(dim=1).view(*maps.shape[:2], -1)
    limits = _limits(highest.amax(dim=2), threshold, relative)
    number = (highest > limits[:, :, None]).view(-1).nonzero().squeeze(1)
    values = take(blocks, number)
    limit = take(limits.reshape(-1), number // highest.shape[2])
    return _Blocks(number, values, values > limit[:, None])


def _limits(highest: Tensor, threshold: float | Sequence[float], relative: bool) -> Tensor:
    """What a peak must exceed in each map, (B, C), given the highest value of each."""
    wrong = torch.isnan(highest) | (highest == torch.inf)
    if wrong.any():
        image, channel = wrong.nonzero()[0].tolist()
        value = highest[image, channel].item()
        raise LandmarkError(f'map of channel {channel} of image {image} of the batch holds {value}')
    given = torch.as_tensor(threshold, dtype=highest.dtype, device=highest.device)
    if not relative:
        return given.expand_as(highest)
    return torch.where(highest > 0, given * highest, torch.inf)


def _highest_of_window(flat: Tensor, cells: Tensor, shape: torch.Size, reach: int) -> Tensor:
    """Those of ``cells`` that no cell within ``reach`` exceeds.

    An index that leaves the map is moved to its border: that cell lies within the window too.
    """
    height, width = shape[2:]
    row, column, value = cells // width % height, cells % width, take(flat, cells)
    for dy, dx in _window(reach):
        near = cells
        if dy:
            near = near + ((row + dy).clamp(0, height - 1) - row) * width
        if dx:
            near = near + ((column + dx).clamp(0, width - 1) - column)
        stay = (value >= take(flat, near)).nonzero().squeeze(1)
        cells, row, column, value = (take(x, stay) for x in (cells, row, column, value))
    return cells


def _window(reach: int) -> list[tuple[int, int]]:
    """Offsets of the window, the nearest first: they settle most cells."""
    steps = range(-reach, reach + 1)
    offsets = [(dy, dx) for dy in steps for dx in steps if (dy, dx) != (0, 0)]
    return sorted(offsets, key=lambda offset: offset[0] ** 2 + offset[1] ** 2)


def _centres(cells: Tensor, shape: torch.Size) -> Tensor:
    height, width = shape[2:]
    return torch.stack([cells % width, cells // width % height], dim=1) + 0.5


def _offsets(flat: Tensor, cells: Tensor, shape: torch.Size) -> Tensor:
    """Vertex of the parabola around each cell in x and y, (N, 2), within half a cell."""
    height, width = shape[2:]
    return torch.stack(
        [
            _vertex(flat, cells, 1, cells % width, width),
            _vertex(flat, cells, width, cells // width % height, height),
        ],
        dim=1,
    )


def _vertex(flat: Tensor, cells: Tensor, step: int, position: Tensor, length: int) -> Tensor:
    inside = (position > 0) & (position < length - 1)
    last = flat.numel() - 1
    before, after = (cells - step).clamp(min=0), (cells + step).clamp(max=last)
    values = torch.stack([take(flat, near) for near in (before, cells, after)])
    values = values.to(torch.promote_types(values.dtype, torch.float32))
    inside &= values.isfinite().all(0)
    values = torch.where((values > 0).all(0), values.log(), values)
    left, middle, right = torch.where(inside, values, 0)
    bend = 2 * middle - left - right
    offset = (right - left) / (2 * bend)
    return torch.where(bend > 0, offset, 0).clamp(-0.5, 0.5)


def _sorted(
    flat: Tensor, cells: Tensor, points: Tensor, shape: Sequence[int], top_k: int | None
) -> Peaks:
    maps = cells // (shape[2] * shape[3])
    scores = flat[cells]
    order = scores.argsort(descending=True, stable=True)
    order = order[maps[order].argsort(stable=True)]
    maps, scores, points = maps[order], scores[order], points[order]
    if top_k is not None:
        first = torch.searchsorted(maps, maps)
        best = torch.arange(len(maps), device=maps.device) - first < top_k
        maps, scores, points = maps[best], scores[best], points[best]
    dtype = torch.promote_types(flat.dtype, torch.float32)
    return Peaks(points.to(dtype), maps // shape[1], maps % shape[1], scores.to(dtype))


def _nothing(maps: Tensor) -> Peaks:
    none = torch.zeros(0, dtype=torch.int64, device=maps.device)
    return _sorted(maps.reshape(-1), none, none.new_zeros((0, 2)).float(), (1, 1, 1, 1), None)
