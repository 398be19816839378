"""Target maps with one keypoint each, drawn for whole batches where the points are.

Equal to what MMPose's codecs draw keypoint by keypoint, quirks of rounding included. A Gaussian is
the product of its profiles in x and y, so that all maps are one outer product. There is no loop
over points, and nothing waits for the device.

Points are in cells: the centre of cell ``c`` lies at ``c``. A NaN makes a Gaussian miss the map
where it is centred on a cell or cut in whole cells, and NaN of its map otherwise.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

Size = tuple[int, int]
"""Width and height of a map, in cells."""

_NEGLIGIBLE = 1e-19  # what is smaller is drawn as 0: its products would be slow subnormal numbers


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
def msra_maps(points: Tensor, drawn: Tensor, size: Size, sigma: float) -> Tensor:
    """Draw Gaussians centred on the nearest cell (Xiao et al., ECCV 2018), cut at three sigma.

    Args:
        points: (..., 2).
        drawn: (...) bool; the maps of other points stay 0.
        size: Of the maps.
        sigma: In cells.

    Returns:
        (..., H, W) float32.
    """
    return _cut_maps(points, drawn, size, sigma, on_point=False)


@torch.no_grad()
def udp_maps(points: Tensor, drawn: Tensor, size: Size, sigma: float) -> Tensor:
    """Draw Gaussians centred on the points (Huang et al., CVPR 2020), cut at three sigma.

    Arguments and result as `msra_maps`.
    """
    return _cut_maps(points, drawn, size, sigma, on_point=True)


@torch.no_grad()
def unbiased_maps(points: Tensor, drawn: Tensor, size: Size, sigma: float) -> Tensor:
    """Draw Gaussians centred on the points over whole maps (Zhang et al., CVPR 2020).

    Arguments and result as `msra_maps`.
    """
    profiles = []
    for axis, length in enumerate(size):
        distance = _cells(points, length) - points[..., axis, None]
        profiles.append(_profile(distance, drawn[..., None], sigma))
    return _outer(*profiles)


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
    # double: with less, cells on the very edge of the disc would fall to the other side
    x = (points[..., 0, None].double() - torch.arange(width, device=points.device)) / radius
    y = (points[..., 1, None].double() - torch.arange(height, device=points.device)) / radius
    x = torch.where(drawn[..., None], x, torch.inf)
    disc = x.square()[..., None, :] + y.square()[..., :, None] <= 1
    maps = points.new_empty((*disc.shape[:-2], 3, height, width), dtype=torch.float32)
    maps[..., 0, :, :] = disc
    maps[..., 1, :, :] = x.masked_fill(~drawn[..., None], 0)[..., None, :]
    maps[..., 2, :, :] = torch.where(drawn[..., None], y, 0)[..., :, None]
    return maps


def _cut_maps(points: Tensor, drawn: Tensor, size: Size, sigma: float, on_point: bool) -> Tensor:
    nearest = _nearest_cell(points)
    first, end = _window(nearest, sigma)
    # not the nearest cell itself, which differs where the window is not of whole cells
    centre = first + (2 * sigma * 3 + 1) // 2
    if on_point:
        centre = centre + (points - nearest)
    profiles = []
    for axis, length in enumerate(size):
        cells = _cells(points, length)
        within = (cells >= first[..., axis, None]) & (cells < end[..., axis, None])
        distance = cells - centre[..., axis, None]
        profiles.append(_profile(distance, within & drawn[..., None], sigma))
    return _outer(*profiles)


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
    profile = torch.exp(distance.square() / (-2 * sigma**2)).float()
    profile = torch.nn.functional.threshold(profile, _NEGLIGIBLE, 0.0)
    return torch.where(drawn, profile, 0.0)


def _outer(x: Tensor, y: Tensor) -> Tensor:
    """Return the products (..., H, W) of profiles (..., W) and (..., H)."""
    return y[..., :, None] * x[..., None, :]
