"""Sub-pixel refinement of peaks by the blurred logarithm of their map, for whole batches.

Zhang et al., Distribution-aware coordinate representation (DARK), CVPR 2020; with the variant of
Huang et al. (UDP), CVPR 2020, and that for SimCC's vectors. Equal to MMPose's, which blurs every
map; here only what lies around a peak is looked at. Blurring is followed by a scaling to the map's
old height, which matters to none of the differences of logarithms; it is worked out, from the
whole map, only where it decides whether a value is cut off.

Points in which nothing was found (-1) stay where they are, as points where the curvature is zero.
"""

from __future__ import annotations

import torch
from torch import Tensor

from mmlandmark.geometry.gaussian_blur import blur


@torch.no_grad()
def refine_dark(points: Tensor, maps: Tensor, kernel_size: int) -> Tensor:
    """Refine the highest cells of maps; not those within two cells of the border.

    Args:
        points: (..., 2) float32, from `heatmap_maximum`.
        maps: (..., H, W).
        kernel_size: Of the blur, cells; odd.
    """
    height, width = map(int, maps.shape[-2:])
    flat, cells = points.reshape(-1, 2), points.reshape(-1, 2).long()
    near = _log_around(maps.reshape(-1, height, width), cells, 2, kernel_size, 1e-10, torch.inf)
    slope = 0.5 * torch.stack((near[:, 2, 3] - near[:, 2, 1], near[:, 3, 2] - near[:, 1, 2]), 1)
    xx = 0.25 * (near[:, 2, 4] - 2 * near[:, 2, 2] + near[:, 2, 0])
    yy = 0.25 * (near[:, 4, 2] - 2 * near[:, 2, 2] + near[:, 0, 2])
    xy = 0.25 * (near[:, 3, 3] - near[:, 1, 3] - near[:, 3, 1] + near[:, 1, 1])
    x, y = cells.unbind(1)
    inside = (x > 1) & (x < width - 2) & (y > 1) & (y < height - 2)
    moved = torch.where(inside[:, None], flat - _newton(slope, xx, xy, yy), flat)
    return moved.view(points.shape)


@torch.no_grad()
def refine_dark_udp(points: Tensor, maps: Tensor, kernel_size: int) -> Tensor:
    """Refine the highest cells of maps, wherever they are; arguments as `refine_dark`."""
    height, width = map(int, maps.shape[-2:])
    flat, cells = points.reshape(-1, 2), points.reshape(-1, 2).long()
    near = _log_around(maps.reshape(-1, height, width), cells, 1, kernel_size, 1e-3, 50.0)
    left, right = _repeated(near[:, 1], cells[:, 0], width)
    above, below = _repeated(near[:, :, 1], cells[:, 1], height)
    middle = near[:, 1, 1]
    before, after = _diagonal(near, cells, width, height)
    slope = 0.5 * torch.stack((right - left, below - above), 1)
    xx, yy = right - 2 * middle + left, below - 2 * middle + above
    xy = 0.5 * (after - right - below + 2 * middle - left - above + before)
    tiny = torch.finfo(torch.float32).eps
    moved = flat - _newton(slope, xx + tiny, xy, yy + tiny)
    return torch.where(cells[:, :1] >= 0, moved, flat).view(points.shape)


@torch.no_grad()
def refine_simcc_dark(bins: Tensor, vectors: Tensor, kernel_size: int) -> Tensor:
    """Refine the highest bins of vectors.

    Args:
        bins: (...) float32, along one axis.
        vectors: (..., W).
        kernel_size: Of the blur, bins; odd.
    """
    length, reach = int(vectors.shape[-1]), 2 + kernel_size // 2
    flat, rows = bins.reshape(-1), vectors.reshape(-1, length)
    place = flat.long()
    offsets = torch.arange(-reach, reach + 1, device=bins.device)
    index = place[:, None] + offsets
    inside = (index >= 0) & (index < length)
    values = torch.where(inside, rows.gather(1, index.clamp(0, length - 1)).float(), 0.0)
    near = blur(values, kernel_size, 'none', axes=1)
    near = _scaled(near, values[:, reach], rows, kernel_size, 1e-3, 50.0)
    # the cells beyond an end are as the last one
    ends = (place[:, None] + offsets[reach - 2 : reach + 3]).clamp(0, length - 1) - place[:, None]
    near = near.clamp(1e-3, 50.0).log().gather(1, (ends + 2).clamp(0, 4))
    slope = 0.5 * (near[:, 3] - near[:, 1])
    bend = 1e-9 + 0.25 * (near[:, 4] - 2 * near[:, 2] + near[:, 0])
    return torch.where(place >= 0, flat - slope / bend, flat).view(bins.shape)


def _log_around(
    maps: Tensor, cells: Tensor, reach: int, kernel_size: int, low: float, high: float
) -> Tensor:
    """Return logarithms of the blurred maps around some cells, (N, 2 reach + 1, 2 reach + 1).

    Args:
        maps: (N, H, W).
        cells: The highest of each, (N, 2) int64.
        reach: How many cells to each side.
        kernel_size: Of the blur.
        low: Smaller values are raised to this.
        high: Larger ones are lowered to this.
    """
    wide = reach + kernel_size // 2
    values = _around(maps, cells, wide)
    highest = values[:, wide, wide]
    near = blur(values, kernel_size, 'none').flatten(1)
    near = _scaled(near, highest, maps, kernel_size, low, high)
    return near.clamp(low, high).log().view(-1, 2 * reach + 1, 2 * reach + 1)


def _scaled(
    near: Tensor, highest: Tensor, maps: Tensor, kernel_size: int, low: float, high: float
) -> Tensor:
    """Return blurred values as float32, scaled where the scale decides what is cut off.

    Blurring lowers the highest value, so a scale is at least 1, and brings none above the old
    height. Rows in which nothing was found need no scale. A graph that is being recorded must do
    the same for every batch, and scales all rows.

    Args:
        near: Blurred values around the highest, (N, cells).
        highest: Before the blur, (N,).
        maps: The whole maps (N, H, W) or vectors (N, W).
        kernel_size: Of the blur.
        low: Smaller values will be raised to this.
        high: Larger ones will be lowered to this.
    """
    if torch.jit.is_tracing() or torch.compiler.is_compiling():
        return (near * (highest / _blurred_height(maps, kernel_size))[:, None]).float()
    doubtful = (((near.amin(1) < low) | (highest > high)) & (highest > 0)).nonzero().squeeze(1)
    near = near.float()
    if len(doubtful):
        scale = highest[doubtful] / _blurred_height(maps[doubtful], kernel_size)
        near[doubtful] = (near[doubtful] * scale[:, None]).float()
    return near


def _blurred_height(maps: Tensor, kernel_size: int) -> Tensor:
    """Return the highest value (N,) of maps (N, H, W) or vectors (N, W) after the blur."""
    return blur(maps, kernel_size, 'zero', axes=maps.ndim - 1).flatten(1).amax(1)


def _around(maps: Tensor, cells: Tensor, reach: int) -> Tensor:
    """Return the values around cells (N, 2), (N, 2 reach + 1, 2 reach + 1); 0 off the map."""
    number, height, width = maps.shape[0], *map(int, maps.shape[1:])
    offsets = torch.arange(-reach, reach + 1, device=maps.device)
    columns, rows = cells[:, :1] + offsets, cells[:, 1:] + offsets
    across, down = (columns >= 0) & (columns < width), (rows >= 0) & (rows < height)
    first = torch.arange(number, device=maps.device)[:, None] * (height * width)
    index = (first + rows.clamp(0, height - 1) * width)[:, :, None]
    index = index + columns.clamp(0, width - 1)[:, None]
    values = maps.reshape(-1)[index].float()
    return torch.where(down[:, :, None] & across[:, None], values, 0.0)


def _repeated(line: Tensor, place: Tensor, length: int) -> tuple[Tensor, Tensor]:
    """Return the neighbours before and after the middle of lines (N, 3); itself at an end."""
    before = torch.where(place > 0, line[:, 0], line[:, 1])
    return before, torch.where(place < length - 1, line[:, 2], line[:, 1])


def _diagonal(near: Tensor, cells: Tensor, width: int, height: int) -> tuple[Tensor, Tensor]:
    """Return the neighbours up to the left and down to the right; the outermost ones repeat."""
    x, y = cells.unbind(1)
    number = torch.arange(near.shape[0], device=near.device)
    before = near[number, 1 - (y > 0).long(), 1 - (x > 0).long()]
    return before, near[number, 1 + (y < height - 1).long(), 1 + (x < width - 1).long()]


def _newton(slope: Tensor, xx: Tensor, xy: Tensor, yy: Tensor) -> Tensor:
    """Return the step (N, 2) that a slope and a curvature make; 0 where there is no curvature."""
    det = xx * yy - xy * xy
    x, y = slope.unbind(1)
    step = torch.stack((yy * x - xy * y, xx * y - xy * x), 1)
    return torch.where((det != 0)[:, None], step / det[:, None], 0.0)
