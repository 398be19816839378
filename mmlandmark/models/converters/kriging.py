"""Missing source points, filled in from those that are there.

Every missing point becomes the weighted mean of the present ones (weights sum to one) that has
the least expected squared error: ordinary kriging with the points themselves as locations. It
needs only the variogram, the mean squared distance of each pair of points, which pairs of labelled
points give even where no instance is complete. It commutes with translation, rotation and scale.
"""

from __future__ import annotations

import torch
from torch import Tensor

NUGGET = 1e-4
"""Share of the mean variogram added to every present point's own, against near-singular sets."""

CHUNK_NUMBERS = 2**23
"""Largest number of combination weights held at once."""


def fit_variogram(points: Tensor, visible: Tensor) -> Tensor:
    """Estimate the mean squared distance of each pair of points, in units of an instance's size.

    An instance's size is taken from the pairs that it has, relative to what those pairs measure on
    average, so that an instance with few labelled points is not mistaken for a small one.

    Args:
        points: (N, S, 2) pixels.
        visible: (N, S) bool.

    Returns:
        (S, S) symmetric, zero diagonal. Pairs that no instance has are given the largest
        distance of all, so that neither speaks for the other.
    """
    visible = visible.bool()
    present = visible.double()
    number = present.sum(1)
    clean = torch.where(visible[..., None], points.double(), 0.0)
    center = clean.sum(1, keepdim=True) / number.clamp(min=1)[:, None, None]
    clean = torch.where(visible[..., None], clean - center, 0.0)
    square = clean.square().sum(-1)
    # squared distances of all pairs of an instance, summed without holding them: (N, S, S) would
    # not fit for many faces; about the centroid the mixed terms vanish
    total = 2 * number * square.sum(1)
    count = present.T @ present
    gamma = torch.ones_like(count)
    for _ in range(5):  # size and variogram define each other; five rounds settle both
        expected = ((present @ gamma) * present).sum(1)
        size = total / expected.clamp(min=1e-12)
        weight = torch.where(size > 1e-12, 1 / size.clamp(min=1e-12), 0.0)
        one_sided = (square * weight[:, None]).T @ present
        mixed = torch.einsum('nad,nbd->ab', clean * weight[:, None, None], clean)
        gamma = (one_sided + one_sided.T - 2 * mixed).clamp(min=0) / count.clamp(min=1)
        gamma = torch.where(count > 0, gamma, gamma.max())
    gamma.fill_diagonal_(0)
    return gamma


def complete_points(points: Tensor, visible: Tensor, variogram: Tensor) -> Tensor:
    """Fill in missing points from the present ones.

    One small system is solved for each different set of present points, many at once.

    Args:
        points: (B, S, 2); what stands at missing points, NaN included, has no influence.
        visible: (B, S) bool.
        variogram: (S, S) from ``fit_variogram``.

    Returns:
        (B, S, 2): labelled points as they were, the others filled in; zeros for an instance
        without any labelled point.
    """
    visible = visible.bool()
    clean = torch.where(visible[..., None], points, 0.0)
    if bool(visible.all()):
        return clean
    chunk = max(1, CHUNK_NUMBERS // visible.shape[1] ** 2)
    if len(points) > chunk:
        parts = zip(points.split(chunk), visible.split(chunk), strict=True)
        return torch.cat([complete_points(*part, variogram) for part in parts])
    masks, which = torch.unique(visible, dim=0, return_inverse=True)
    weights = _weights(masks, variogram.to(torch.float64)).to(points.dtype)
    return torch.where(visible[..., None], clean, weights[which] @ clean)


def _weights(masks: Tensor, variogram: Tensor) -> Tensor:
    """Return the combination weights (U, S, S) for U sets of present points (U, S)."""
    num, size = masks.shape
    present = masks.double()
    pairs = present[:, :, None] * present[:, None, :]
    system = torch.zeros(num, size + 1, size + 1, dtype=torch.float64, device=masks.device)
    nugget = NUGGET * variogram.mean()
    # absent rows become identity rows with a right-hand side of zero: their weight is zero
    system[:, :size, :size] = -variogram / 2 * pairs + torch.diag_embed(
        nugget * present + (1 - present)
    )
    system[:, :size, size] = present
    system[:, size, :size] = present
    system[:, size, size] = (~masks.any(1)).double()
    right = torch.zeros(num, size + 1, size, dtype=torch.float64, device=masks.device)
    right[:, :size] = -variogram / 2 * present[:, :, None]
    right[:, size] = masks.any(1).double()[:, None]
    return torch.linalg.solve(system, right)[:, :size].transpose(1, 2)
