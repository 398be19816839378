"""SimCC's target vectors, drawn for whole batches where the points are.

Equal to what MMPose's ``SimCCLabel`` draws keypoint by keypoint (Li et al., ECCV 2022). Bins are
whole numbers, so that there are few different vectors: each is drawn once, and copied from there.
There is no loop over points, and nothing waits for the device.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor

from mmlandmark.geometry.heatmap_targets import whole_hits


def simcc_bins(points: Tensor, split_ratio: float) -> Tensor:
    """Return the bin of each coordinate, as floats; points in pixels of the input."""
    return (points * split_ratio).round()


def gaussian_hits(bins: Tensor, lengths: tuple[int, int], sigma: tuple[float, float]) -> Tensor:
    """Whether the Gaussians in x and y, counted up to three sigma, reach their vectors.

    Args:
        bins: (..., 2).
        lengths: Of the vectors in x and in y.
        sigma: In x and in y, bins.

    Returns:
        (...) bool; False for NaN.
    """
    hits = bins.isfinite().all(-1)
    for axis, (length, spread) in enumerate(zip(lengths, sigma, strict=True)):
        one = bins[..., axis, None]
        hits &= whole_hits(one, (length, length), spread)
    return hits


def standard_hits(bins: Tensor, lengths: tuple[int, int]) -> Tensor:
    """Whether both bins are there, (...) bool; arguments as `gaussian_hits`."""
    x, y = bins.unbind(-1)
    return (x >= 0) & (x < lengths[0]) & (y >= 0) & (y < lengths[1])


@torch.no_grad()
def gaussian_vectors(
    bins: Tensor, drawn: Tensor, length: int, sigma: float, normalize: bool = True
) -> Tensor:
    """Draw Gaussians over whole vectors.

    Args:
        bins: (...), along one axis, from `simcc_bins`.
        drawn: (...) bool; the vectors of other points stay 0, as of those that do not reach the
            vector (`gaussian_hits`). What is drawn of NaN is NaN.
        length: Of the vectors.
        sigma: In bins.
        normalize: Divide by the Gaussian's area, rather than having a height of 1.

    Returns:
        (..., length) float32.
    """
    table = _gaussian_table(length, float(sigma), normalize, bins.device)
    return _copied(table, bins, drawn, _margin(sigma))


@torch.no_grad()
def standard_vectors(bins: Tensor, drawn: Tensor, length: int, smoothing: float = 0.0) -> Tensor:
    """Draw one-hot vectors.

    Args:
        bins: (...), along one axis, from `simcc_bins`.
        drawn: (...) bool; the vectors of other points stay 0, as of those outside. What is drawn
            of NaN is NaN.
        length: Of the vectors.
        smoothing: Weight that is taken from the bin and spread over the others.

    Returns:
        (..., length) float32.
    """
    return _copied(_standard_table(length, float(smoothing), bins.device), bins, drawn, 0)


def _copied(table: Tensor, bins: Tensor, drawn: Tensor, margin: int) -> Tensor:
    """Return the rows of a table for bins (...), (..., length).

    Args:
        table: Vectors of the bins from ``-margin`` on, then one of 0 and one of NaN.
        bins: Whole numbers.
        drawn: (...) bool.
        margin: How many bins outside there are to each side.
    """
    nothing, unknown = len(table) - 2, len(table) - 1
    rows = bins + margin
    rows = torch.where(drawn & (rows >= 0) & (rows < nothing), rows, nothing)
    rows = torch.where(drawn & bins.isnan(), unknown, rows).long()
    return table.index_select(0, rows.flatten()).view(*bins.shape, table.shape[1])


def _margin(sigma: float) -> int:
    return math.ceil(3 * sigma) + 1


@lru_cache(maxsize=16)
def _gaussian_table(length: int, sigma: float, normalize: bool, device: torch.device) -> Tensor:
    places = torch.arange(length, dtype=torch.float64)
    bins = torch.arange(-_margin(sigma), length + _margin(sigma), dtype=torch.float64)
    vectors = torch.exp((places - bins[:, None]).square() / (-2 * sigma**2))
    return _ended(vectors / (sigma * math.sqrt(2 * math.pi)) if normalize else vectors, device)


@lru_cache(maxsize=16)
def _standard_table(length: int, smoothing: float, device: torch.device) -> Tensor:
    rest = smoothing / (length - 1) if smoothing else 0.0
    vectors = torch.full((length, length), rest, dtype=torch.float64)
    return _ended(vectors.fill_diagonal_(1.0 - smoothing), device)


def _ended(vectors: Tensor, device: torch.device) -> Tensor:
    """Return vectors with one of 0 and one of NaN behind them, float32 on a device."""
    nothing = torch.zeros_like(vectors[:1])
    return torch.cat((vectors, nothing, nothing + torch.nan)).to(device, torch.float32)
