"""The closed-form converter: every target point a weighted mean of source points.

Weights are shared by x and y and sum to one, so the result moves, turns and grows with its
sources. They are fitted robustly (iteratively reweighted least squares with Cauchy weights), drawn
by a ridge towards a prior such as the name-matched map, and made symmetric under the left/right
flip by averaging each normal equation with its mirror image, which equals fitting on every
instance and its mirror image.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

CHUNK_NUMBERS = 2**25
"""Largest number of products held at once while normal equations are summed."""


@dataclass(frozen=True)
class AffineFit:
    """Result of ``fit_affine``.

    Args:
        weight: (T, S) float64, rows sum to one.
        offset: (P, T, 2) float64, the shift for each of the P terms, along the picture's axes.
        spread: (T,) float64 median distance of the fit per target, same unit; NaN for a target
            that no pair supervises.
        iterations: How many reweightings were needed.
    """

    weight: Tensor
    offset: Tensor
    spread: Tensor
    iterations: int


def fit_affine(
    source: Tensor,
    target: Tensor,
    supervised: Tensor,
    *,
    confidence: Tensor | None = None,
    prior: Tensor | None = None,
    flips: tuple[Tensor, Tensor] | None = None,
    ridge: float = 0.3,
    tuning: float = 1.0,
    shifts: Tensor | None = None,
    max_iterations: int = 20,
) -> AffineFit:
    """Fit the weights of target points over source points.

    Args:
        source: (N, S, 2) complete source points in a normalised frame, centred.
        target: (N, T, 2) target points in the same frames; anything where not supervised.
        supervised: (N, T) bool.
        confidence: (N,) weight of each pair, as the share of its sources that were labelled.
        prior: (T, S) weights that the ridge draws to; equal weights where a row is zero or None.
        flips: Flip indices of source (S,) and target (T,), or None for schemas without sides.
        ridge: Strength of the prior, in pairs of unit size.
        tuning: Distances beyond this many medians count less.
        shifts: (N, P) terms of a shift of each target along the picture's axes, as
            ``shift_terms`` gives them, which differing pixel conventions cause; None for none.
            A shift does not commute with rotation or flip.
        max_iterations: Bound on the reweightings.

    Returns:
        The fit, computed in float64 on the device of ``source``.
    """
    # coordinates first and pairs last, so that every sum over pairs is a product of matrices
    supervised = supervised.bool().T.contiguous()
    source = source.double().permute(2, 1, 0).contiguous()
    target = target.double().permute(2, 1, 0).where(supervised, 0.0).contiguous()
    trust = supervised.double()
    if confidence is not None:
        trust = trust * confidence.double()
    num_targets, num_sources = target.shape[1], source.shape[1]
    prior = _fill_prior(prior, num_targets, num_sources, source, flips)
    moments = _Moments(source, target, flips)

    terms = source.new_zeros(0, source.shape[2]) if shifts is None else shifts.to(source).T
    offset, moved = source.new_zeros(2, num_targets, len(terms)), 0.0
    weight, last, iterations = prior, None, 0
    omega = trust
    while iterations < max_iterations:
        iterations += 1
        weight = _solve(*moments.sum(omega, moved), prior, ridge)
        residual = target - weight @ source
        if len(terms):
            offset = _fit_shifts(terms, residual, omega)
            moved = offset @ terms
        squared = (residual - moved).square().sum(0)
        spread = _masked_median(squared, supervised).sqrt()
        scale = (tuning * torch.nan_to_num(spread, nan=1.0)).clamp(min=1e-6)
        robust = trust / (1 + squared / scale.square()[:, None])
        # the mean weight stays one, so that the ridge keeps its meaning
        omega = robust * (trust.sum(1) / robust.sum(1).clamp(min=1e-12))[:, None]
        if last is not None and float((weight - last).abs().max()) < 1e-4:
            break
        last = weight
    return AffineFit(weight, offset.permute(2, 1, 0), spread, iterations)


def shift_terms(scale: Tensor) -> Tensor:
    """Return what shifts along the picture's axes are made of, (B, 2).

    A shift may be a part of the instance's size or a number of pixels; in the normalised frame
    those are one and one over the scale.

    Args:
        scale: (B,) pixels for one unit of the frame.
    """
    return torch.stack([torch.ones_like(scale), 1 / scale], dim=1)


def _fit_shifts(terms: Tensor, residual: Tensor, omega: Tensor) -> Tensor:
    """Return weighted least-squares coefficients (2, T, P) of residuals (2, T, N)."""
    products = (terms[:, None] * terms).flatten(0, 1)
    gram = (omega @ products.T).unflatten(1, (len(terms), len(terms)))
    cross = (omega * residual) @ terms.T
    # all sizes may be the same, or a target unsupervised: the smallest solution then
    inverse = torch.linalg.pinv(gram, rtol=1e-9, hermitian=True)
    return (inverse @ cross.permute(1, 2, 0)).permute(2, 0, 1)


def _fill_prior(
    prior: Tensor | None,
    targets: int,
    sources: int,
    like: Tensor,
    flips: tuple[Tensor, Tensor] | None,
) -> Tensor:
    """Return a prior for every target, as symmetric under the flip as the fit shall be."""
    equal = like.new_full((targets, sources), 1 / sources)
    if prior is None:
        return equal
    prior = prior.to(like)
    if flips is not None:
        across, down = flips  # a hand-made map may cover one side only
        mirrored = prior[down][:, across]
        given = (prior != 0).any(1).double() + (mirrored != 0).any(1).double()
        prior = (prior + mirrored) / given.clamp(min=1)[:, None]
    return torch.where((prior != 0).any(1, keepdim=True), prior, equal)


def _masked_median(values: Tensor, mask: Tensor) -> Tensor:
    return torch.where(mask, values, torch.nan).nanmedian(1).values


class _Moments:
    """Weighted sums of x x^T and x y over pairs, symmetric under the flip.

    Args:
        source: (2, S, N).
        target: (2, T, N).
        flips: As in ``fit_affine``.
    """

    def __init__(self, source: Tensor, target: Tensor, flips: tuple[Tensor, Tensor] | None) -> None:
        self.source, self.target, self.flips = source, target, flips
        sources, num = source.shape[1:]
        self.rows, self.columns = torch.triu_indices(sources, sources, device=source.device)
        self.chunk = max(1, CHUNK_NUMBERS // sources**2)
        self.outer = self._outer(source) if num <= self.chunk else None

    def _outer(self, source: Tensor) -> Tensor:
        """Return the products of all pairs of points, (S (S + 1) / 2, N)."""
        x, y = source
        return torch.addcmul(x[self.rows] * x[self.columns], y[self.rows], y[self.columns])

    def sum(self, omega: Tensor, moved: Tensor | float) -> tuple[Tensor, Tensor]:
        """Return (T, S, S) and (T, S) for pair weights (T, N) and shifts (2, T, N)."""
        sources, num = self.source.shape[1:]
        half = omega.new_zeros(len(omega), len(self.rows))
        for start in range(0, num, self.chunk):
            part = slice(start, start + self.chunk)
            outer = self.outer if self.outer is not None else self._outer(self.source[..., part])
            half += omega[:, part] @ outer.T
        gram = omega.new_empty(len(omega), sources, sources)
        gram[:, self.rows, self.columns] = gram[:, self.columns, self.rows] = half
        weighted = omega * (self.target - moved)
        cross = (weighted @ self.source.transpose(1, 2)).sum(0)
        if self.flips is None:
            return gram, cross
        across, down = self.flips  # source and target
        mirrored = gram[down][:, across][:, :, across]
        return (gram + mirrored) / 2, (cross + cross[down][:, across]) / 2


def _solve(gram: Tensor, cross: Tensor, prior: Tensor, ridge: float) -> Tensor:
    """Minimise under the constraint that every row of weights sums to one."""
    targets, sources = cross.shape
    system = gram.new_zeros(targets, sources + 1, sources + 1)
    system[:, :sources, :sources] = gram + ridge * torch.eye(sources).to(gram)
    system[:, :sources, sources] = system[:, sources, :sources] = 1
    right = torch.cat([cross + ridge * prior, gram.new_ones(targets, 1)], dim=1)
    return torch.linalg.solve(system, right)[:, :sources]
