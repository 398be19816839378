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

CHUNK_NUMBERS = 2**19
"""Largest number of matrix entries held at once."""


def fit_variogram(points: Tensor, visible: Tensor) -> Tensor:
    """Estimate the mean squared distance of each pair of points, in units of an instance's size.

    An instance's size is taken from the pairs that it has, relative to what those pairs measure on
    average, so that an instance with few labelled points is not mistaken for a small one.

    Args:
        points: (N, S, 2) pixels.
        visible: (N, S) bool.

    Returns:
        (S, S) symmetric, zero diagonal, of points that could exist (see ``make_possible``). Pairs
        that no instance has are given the largest distance of all, so that neither speaks for the
        other.
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
    return make_possible(gamma)


def make_possible(variogram: Tensor) -> Tensor:
    """Return the nearest variogram (S, S) that some set of random points can have.

    Where each pair of points was seen in other instances, the estimates can contradict each other,
    and a combination of points would seem to have a negative error; kriging would then run away.
    """
    size = len(variogram)
    center = torch.eye(size).to(variogram) - 1 / size
    values, vectors = torch.linalg.eigh(-center @ variogram @ center / 2)
    gram = (vectors * values.clamp(min=0)) @ vectors.T
    spread = gram.diagonal()
    result = (spread[:, None] + spread[None] - 2 * gram).clamp(min=0)
    return result.fill_diagonal_(0)


def add_nugget(variogram: Tensor, nugget: float) -> Tensor:
    """Return the variogram of points that each have an error of their own.

    Args:
        variogram: (S, S).
        nugget: That error's variance as a share of the mean variogram.
    """
    own = 2 * nugget * variogram.mean()
    return (variogram + own).fill_diagonal_(0)


def complete_points(points: Tensor, visible: Tensor, variogram: Tensor) -> Tensor:
    """Fill in missing points from the present ones.

    Args:
        points: (B, S, 2); what stands at missing points, NaN included, has no influence.
        visible: (B, S) bool.
        variogram: (S, S) from ``fit_variogram``.

    Returns:
        (B, S, 2): labelled points as they were, the others filled in; zeros for an instance
        without any labelled point.
    """
    visible = visible.bool()
    completed = torch.where(visible[..., None], points, 0.0)
    count = visible.sum(1)
    incomplete = ((count > 0) & (count < visible.shape[1])).nonzero()[:, 0]
    if len(incomplete) == 0:
        return completed
    # those that miss about as many points together, or all would be solved as large as the worst
    incomplete = incomplete[count[incomplete].argsort()]
    precision = kriging_precision(variogram.double())
    for rows in incomplete.split(max(1, CHUNK_NUMBERS // visible.shape[1] ** 2)):
        chosen, values = _fill(completed[rows].double(), visible[rows], precision)
        completed[rows[:, None], chosen] = values.to(completed.dtype)
    return completed


def kriging_precision(variogram: Tensor) -> Tensor:
    """Return (S, S): the points' block of the inverse of the kriging system of all points.

    With it the missing points follow from a system of their own number, as the conditional mean
    of a Gaussian does from its precision matrix, instead of one of the number of present points
    for each. The result is the same.
    """
    size = len(variogram)
    system = variogram.new_ones(size + 1, size + 1)
    nugget = NUGGET * variogram.mean().clamp(min=1e-12)
    system[:size, :size] = nugget * torch.eye(size).to(variogram) - variogram / 2
    system[size, size] = 0
    return torch.linalg.inv(system)[:size, :size]


def _fill(clean: Tensor, visible: Tensor, precision: Tensor) -> tuple[Tensor, Tensor]:
    """Return the indices (B, M) of the missing points and what fills them (B, M, 2).

    M is the largest number of missing points; an instance with fewer has some of its labelled
    points among its M, which come back as they are.
    """
    order = visible.to(torch.uint8).argsort(dim=1, stable=True)
    chosen = order[:, : int((~visible).sum(1).max())]
    missing = ~visible.gather(1, chosen)
    pairs = missing[:, :, None] & missing[:, None, :]
    system = torch.where(
        pairs,
        precision[chosen[:, :, None], chosen[:, None, :]],
        torch.eye(chosen.shape[1]).to(clean),
    )
    places = chosen[..., None].expand(-1, -1, clean.shape[2])
    pull = -torch.einsum('ts,bsd->btd', precision, clean).gather(1, places)
    right = torch.where(missing[..., None], pull, clean.gather(1, places))
    return chosen, torch.linalg.solve(system, right)
