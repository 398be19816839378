"""SimCC's target vectors, drawn for whole batches where the points are.

Equal to what MMPose's ``SimCCLabel`` draws keypoint by keypoint (Li et al., ECCV 2022). There is no
loop over points, and nothing waits for the device.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from mmlandmark.geometry.heatmap_targets import whole_hits

_LOWEST = -70.0  # below, the exponential is drawn as 0: subnormal numbers would be slow


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
        bins: (...), along one axis.
        drawn: (...) bool; the vectors of other points stay 0.
        length: Of the vectors.
        sigma: In bins.
        normalize: Divide by the Gaussian's area, rather than having a height of 1.

    Returns:
        (..., length) float32.
    """
    places = torch.arange(length, device=bins.device, dtype=bins.dtype)
    far = torch.where(drawn, bins, torch.inf)  # so that what is not drawn needs no pass of its own
    exponents = (places - far[..., None]).square_().mul_(-1 / (2 * sigma**2))
    exponents = torch.nn.functional.threshold_(exponents, _LOWEST, -torch.inf)
    vectors = exponents.exp_().float()
    return vectors.div_(sigma * math.sqrt(2 * math.pi)) if normalize else vectors


@torch.no_grad()
def standard_vectors(bins: Tensor, drawn: Tensor, length: int, smoothing: float = 0.0) -> Tensor:
    """Draw one-hot vectors.

    Args:
        bins: (...), along one axis.
        drawn: (...) bool; the vectors of other points stay 0.
        length: Of the vectors.
        smoothing: Weight that is taken from the bin and spread over the others.

    Returns:
        (..., length) float32.
    """
    places = torch.arange(length, device=bins.device, dtype=bins.dtype)
    rest = smoothing / (length - 1) if smoothing else 0.0
    vectors = torch.where(places == bins[..., None], 1.0 - smoothing, rest)
    return vectors.float().masked_fill_(~drawn[..., None], 0.0)
