"""Which target points a converter has learned, and which source points carry them."""

from __future__ import annotations

import torch
from torch import Tensor

from mmlandmark.schemas import Mapping

SUPPORT_SHARE = 0.2
"""A source point supports a target whose largest weight is at most five times its own."""


def covered_targets(
    supervised: Tensor,
    mapping: Mapping | None,
    flips: tuple[Tensor, Tensor] | None,
    uses_base: bool,
) -> Tensor:
    """Return which target points a converter can give after a fit, (T,) bool.

    Those that a training pair labels. An affine base also gives those whose mirrored point is
    labelled, where it is fitted symmetrically, and those of the hand-made mapping that it is drawn
    to; another network puts a point that it was never shown anywhere.

    Args:
        supervised: (N, T) bool, the labels of the pairs that were used.
        mapping: The hand-made mapping, if any.
        flips: Flip indices of source and target where the fit is symmetric.
        uses_base: Whether the network corrects the affine base.
    """
    covered = supervised.any(0)
    if not uses_base:
        return covered
    if flips is not None:
        covered = covered | covered[flips[1]]
    if mapping is not None:
        covered = covered | torch.as_tensor(mapping.covered.copy(), device=covered.device)
    return covered


def supports_of(weight: Tensor) -> Tensor:
    """Return which source points carry each target by its affine weights (T, S), (T, S) bool."""
    strength = weight.detach().abs()
    return strength >= SUPPORT_SHARE * strength.amax(1, keepdim=True)


def target_visibility(visible: Tensor, supports: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
    """Return (B, T) COCO's v of the target points and (B, T) whether they are inferred.

    A target is seen (2) where all points that carry it are; 1 where one of those is labelled but
    not visible, or missing (then it is inferred); 0 where it is not given.

    Args:
        visible: (B, S) COCO's v of the source points.
        supports: (T, S) bool.
        given: (B, T) or broadcast to it: the instance has enough points, and the converter covers
            the target.
    """
    carries = supports.to(torch.float32).T
    inferred = ((visible == 0).to(carries.dtype) @ carries > 0) & given
    unseen = (visible < 2).to(carries.dtype) @ carries > 0
    values = torch.where(unseen, 1, 2) * given
    return values.to(torch.uint8), inferred
