"""Target maps with one keypoint each, drawn for whole batches where the points are.

Equal to what MMPose's codecs draw keypoint by keypoint, quirks of rounding included. A Gaussian is
the product of its profiles in x and y, so that all maps are one outer product; `outer` makes it,
where a loss needs the maps themselves. There is no loop over points, and nothing waits for the
device.

Points are in cells: the centre of cell ``c`` lies at ``c``. A NaN makes a Gaussian miss the map
where it is centred on a cell or cut in whole cells, and NaN of its map otherwise.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

Size = tuple[int, int]
"""Width and height of a map, in cells."""

_LOWEST = -43.7  # below, an exponential is drawn as 0: its products would be slow subnormal numbers


def cut_hits(points: Tensor, size: Size, sigma: float) -> Tensor:
    """Whether some of a window of whole cells, three sigma to each side, lies in the map.

    Args:
        points: (..., 2).
        size: Of the map.
        sigma: In cells.

    Returns:
        (...) bool; False for NaN.
    """
    first, end = _window(_nearest_cell(points), sigma)
    return ((first < _limits(points, size)) & (end >= 0)).all(-1)


def whole_hits(points: Tensor, size: Size, sigma: float) -> Tensor:
    """Whether a Gaussian, counted up to three sigma, reaches the map.

    Arguments and result as `cut_hits`, but True for NaN.
    """
    misses = (points - sigma * 3 >= _limits(points, size)) | (points + sigma * 3 + 1 < 0)
    return ~misses.any(-1)


@torch.no_grad()
def cut_profiles(
    points: Tensor, drawn: Tensor, size: Size, sigma: float, on_point: bool
) -> tuple[Tensor, Tensor]:
    """Return the profiles of Gaussians that are cut at three sigma, in whole cells.

    Args:
        points: (..., 2).
        drawn: (...) bool; the profiles of other points stay 0.
        size: Of the maps.
        sigma: In cells.
        on_point: Centred on the points (Huang et al., CVPR 2020), rather than on the nearest cells
            (Xiao et al., ECCV 2018).

    Returns:
        (..., W) in x and (..., H) in y, float32.
    """
    flat = points.reshape(-1, 2)
    nearest = _nearest_cell(flat)
    first, end = _window(nearest, sigma)
    # not the nearest cell itself, which differs where the window is not of whole cells
    centre = first + (2 * sigma * 3 + 1) // 2
    if on_point:
        centre = centre + (flat - nearest)
    reach = 2 * math.ceil(sigma * 3) + 1
    cells = first[..., None] + _cells(flat, reach)  # of the windows only: few of a map's
    within = (cells < end[..., None]) & drawn.reshape(-1, 1, 1)
    windows = _profile(cells - centre[..., None], within, sigma)
    x, y = (
        _placed(windows[:, axis], first[:, axis], length).reshape(*drawn.shape, length)
        for axis, length in enumerate(size)
    )
    return x, y


@torch.no_grad()
def whole_profiles(
    points: Tensor, drawn: Tensor, size: Size, sigma: float
) -> tuple[Tensor, Tensor]:
    """Return the profiles of Gaussians centred on the points (Zhang et al., CVPR 2020).

    Arguments and result as `cut_profiles`.
    """
    x, y = (
        _profile(_cells(points, length) - points[..., axis, None], drawn[..., None], sigma)
        for axis, length in enumerate(size)
    )
    return x, y


def outer(x: Tensor, y: Tensor) -> Tensor:
    """Return the maps (..., H, W) of profiles (..., W) and (..., H)."""
    return y[..., :, None] * x[..., None, :]


@torch.no_grad()
def offset_maps(points: Tensor, drawn: Tensor, size: Size, radius_factor: float) -> Tensor:
    """Draw UDP's combined target: a disc around the point, and the way to it from each cell.

    Args:
        points: (..., 2).
        drawn: (...) bool; the maps of other points stay 0.
        size: Of the maps.
        radius_factor: Radius of the disc over the longer side of the map; the unit of the ways.

    Returns:
        (..., 3, H, W) float32: disc, x, y.
    """
    width, height = size
    radius = radius_factor * max(size)
    flat, shown = points.reshape(-1, 2), drawn.reshape(-1, 1)
    # double: with less, cells on the very edge of the disc would fall to the other side
    ways = [(flat[:, axis, None].double() - _cells(flat, size[axis])) / radius for axis in (0, 1)]
    maps = flat.new_empty((len(flat), 3, height, width), dtype=torch.float32)
    x, y = (way.float().where(shown, 0) for way in ways)
    maps[:, 1] = x[:, None]
    maps[:, 2] = y[:, :, None]
    _draw_discs(maps[:, 0].zero_(), flat, ways, shown, math.ceil(radius + 0.5))
    return maps.view(*drawn.shape, 3, height, width)


def _draw_discs(
    maps: Tensor, points: Tensor, ways: list[Tensor], shown: Tensor, reach: int
) -> None:
    """Write 1 into maps (N, H, W) where a way is at most 1 long; none is beyond ``reach``."""
    height, width = maps.shape[1:]
    places, squares = [], []
    for axis, length in enumerate((width, height)):
        number = min(2 * reach + 1, length)
        first = (points[:, axis, None].round() - reach).nan_to_num(0).clamp(0, length - number)
        places.append(first.long() + torch.arange(number, device=maps.device))
        squares.append(ways[axis].gather(1, places[axis]).square())
    disc = (squares[0][:, None] + squares[1][:, :, None] <= 1) & shown[:, :, None]
    cells = places[0][:, None] + places[1][:, :, None] * width
    maps.flatten(1).scatter_(1, cells.flatten(1), disc.flatten(1).float())


def _nearest_cell(points: Tensor) -> Tensor:
    return (points + 0.5).trunc()


def _window(nearest: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
    """Return the first cell of each window and the one behind its last, both rounded towards 0."""
    low, high = math.floor(sigma * 3), math.ceil(sigma * 3)
    first = nearest - torch.where(nearest >= high, high, low)
    behind = nearest + 1
    return first, behind + torch.where(behind >= -low, low, high)


def _cells(points: Tensor, length: int) -> Tensor:
    return torch.arange(length, device=points.device, dtype=points.dtype)


def _limits(points: Tensor, size: Size) -> Tensor:
    """Return the size, (2,), without a copy from the memory of the CPU."""
    width, height = size
    return torch.arange(2, device=points.device) * (height - width) + width


def _profile(distance: Tensor, drawn: Tensor, sigma: float) -> Tensor:
    exponents = distance.square_().mul_(-1 / (2 * sigma**2)).masked_fill_(~drawn, -torch.inf)
    return torch.threshold_(exponents, _LOWEST, -torch.inf).exp_().float()


def _placed(windows: Tensor, first: Tensor, length: int) -> Tensor:
    """Return rows (N, length) with windows (N, M) from some cells (N,) on, and 0 elsewhere."""
    reach = windows.shape[1]
    # a margin takes what lies outside, each value in a cell of its own
    rows = windows.new_zeros(len(windows), length + 2 * reach)
    start = first.nan_to_num(-reach).clamp(-reach, length).long() + reach
    places = start[:, None] + torch.arange(reach, device=windows.device)
    return rows.scatter_(1, places, windows)[:, reach : reach + length]
