"""Target maps of channel keypoints: drawn for a whole batch at once, where the points are."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mmlandmark.errors import LandmarkError
from mmlandmark.geometry.crop_warp import to_device

CUT = 1e-6
"""A Gaussian is drawn wherever it is at least this; what is left out is less."""

_CHUNK = 1 << 22  # cells of windows that are held at a time; bounds the memory


@torch.no_grad()
def render_channel_maps(
    points: Tensor,
    maps: Tensor,
    shape: tuple[int, int, int, int],
    sigma: float | Sequence[float] | Tensor,
    stride: float = 1.0,
) -> Tensor:
    """Draw a Gaussian of height 1 around each point; where several meet, the highest counts.

    The centre of cell ``c`` of a map is at ``(c + .5) * stride``, and Gaussians are centred on the
    points themselves, not on cells: a map is 1 only where a point is on the centre of a cell. Each
    is drawn over a square window beyond which it is less than ``CUT``. There is no loop over
    points, and nothing waits for the device.

    Args:
        points: (M, 2) x and y in pixels of the input. They may lie outside the map, which then
            holds what reaches into it. A NaN makes NaN of its map.
        maps: (M,) int64, which map each point is drawn into: ``image * C + channel``.
        shape: ``(B, C, h, w)`` of the maps.
        sigma: Standard deviation in cells, of all channels or (C,) of each; a tensor of the CPU.
        stride: Pixels of the input per cell.

    Returns:
        (B, C, h, w) float32 on the device of the points, whatever their type or autocast.

    Raises:
        LandmarkError: A sigma is not above 0, or there is not one for each channel.
    """
    _, channels, height, width = shape
    sigmas = _sigmas(sigma, channels)
    reach = _reach(max(sigmas), max(height, width))
    offsets = torch.arange(-reach, reach + 1, device=points.device)
    flat = torch.zeros(math.prod(shape), device=points.device)
    centres = points.float() / stride
    factors = np.array([-0.5 / value**2 for value in sigmas], dtype=np.float32)
    each = to_device(factors, points.device)
    precision = each[maps % channels, None]
    size = max(1, _CHUNK // len(offsets) ** 2)
    for part in zip(centres.split(size), maps.split(size), precision.split(size), strict=True):
        _draw(flat, *part, offsets, height, width)
    return flat.view(shape)


@torch.no_grad()
def mark_cells(
    points: Tensor, maps: Tensor, shape: tuple[int, int, int, int], stride: float = 1.0
) -> Tensor:
    """Return which cells hold a point, (B, C, h, w) bool; arguments as `render_channel_maps`.

    A point on the border of two cells is in the right or lower one; one outside the map is in none.
    """
    _, _, height, width = shape
    column, row = (points.float() / stride).floor().unbind(-1)
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    # those outside are written to one cell more, which is then left out
    last = math.prod(shape)
    index = torch.where(inside, (maps * height + row.long()) * width + column.long(), last)
    marked = torch.zeros(last + 1, dtype=torch.bool, device=points.device)
    return marked.index_fill_(0, index, True)[:last].view(shape)


def _sigmas(sigma: float | Sequence[float] | Tensor, channels: int) -> list[float]:
    values = sigma.tolist() if isinstance(sigma, Tensor) else sigma
    values = list(values) if isinstance(values, Sequence) else [values] * channels
    if len(values) != channels or not all(value > 0 for value in values):
        raise LandmarkError(
            f'sigma is {sigma!r}; expected a number above 0, or one for each of {channels} channels'
        )
    return values


def _reach(sigma: float, longest: int) -> int:
    """Return how many cells a window goes to each side of the cell that holds the point."""
    # the first cell left out is at least (reach + .5) cells away
    return min(math.ceil(sigma * math.sqrt(-2 * math.log(CUT)) - 0.5), longest - 1)


def _draw(
    flat: Tensor,
    centres: Tensor,
    maps: Tensor,
    precision: Tensor,
    offsets: Tensor,
    height: int,
    width: int,
) -> None:
    """Draw points (M, 2) in cells into all maps, one after the other (B * C * h * w,)."""
    columns, across = _profile(centres[:, :1], precision, offsets, width)
    rows, down = _profile(centres[:, 1:], precision, offsets, height)
    index = ((maps[:, None] * height + rows) * width)[:, :, None] + columns[:, None]
    values = down[:, :, None] * across[:, None]
    flat.scatter_reduce_(0, index.flatten(), values.flatten(), 'amax')


def _profile(
    centre: Tensor, precision: Tensor, offsets: Tensor, length: int
) -> tuple[Tensor, Tensor]:
    """Return cells (M, K) along one axis and the Gaussian there; cells off the map are at its end.

    Args:
        centre: (M, 1) in cells.
        precision: (M, 1) ``-1 / (2 sigma ** 2)``.
        offsets: (K,) from the middle of the window.
        length: Of the axis.
    """
    # a window may be moved, not cut, and its Gaussian stays where it is: nothing is lost
    middle = centre.floor().clamp(0, length - 1).long().clamp(0, length - 1)  # NaN has no integer
    cells = (middle + offsets).clamp(0, length - 1)
    return cells, torch.exp(precision * (cells + 0.5 - centre).square())
