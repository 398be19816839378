"""The squared error of maps that are products of profiles, which are never drawn.

MMPose's ``KeypointMSELoss`` reads a target as large as the prediction, and writes the squared error
and what masks it. Here the target is multiplied out while it is subtracted; what is left is written
once and kept for the gradient.
"""

from __future__ import annotations

from typing import Any

import torch
from mmpose.models.losses import KeypointMSELoss
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from mmlandmark.geometry.product_maps import ProductMaps


def takes_products(loss_module: nn.Module) -> bool:
    """Whether ``product_loss`` stands for a loss; not for a subclass, which may do otherwise."""
    return type(loss_module) is KeypointMSELoss


def product_loss(
    loss_module: KeypointMSELoss,
    maps: Tensor,
    target: ProductMaps,
    weights: Tensor,
    mask: Tensor | None = None,
) -> Tensor:
    """Return what a loss says of maps, to rounding; a scalar, float32.

    Args:
        loss_module: One that ``takes_products``.
        maps: The prediction, (B, K, H, W).
        target: B * K maps.
        weights: Target weights, (B, K).
        mask: Which maps count, (B, K) bool; the others are as blank ones, whatever is in them.
    """
    x, y = (profiles.unflatten(0, weights.shape) for profiles in (target.x, target.y))
    factor = weights.float()  # whatever use_target_weight says, as in MMPose 1.3.2
    if loss_module.skip_empty_channel:
        factor = factor * ((x != 0).any(-1) & (y != 0).any(-1))
    errors = _SquaredError.apply(maps, x, y, mask) * factor
    return errors.sum() / maps.numel() * loss_module.loss_weight


class _SquaredError(torch.autograd.Function):
    """Squared error of each map (B, K, H, W) against a product of profiles; (B, K), float32."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor, x: Tensor, y: Tensor, mask: Tensor | None) -> Tensor:
        rest = torch.addcmul(maps.float(), y[..., :, None], x[..., None, :], value=-1)
        ctx.save_for_backward(rest, mask)
        ctx.dtype = maps.dtype
        errors = torch.linalg.vector_norm(rest, dim=(-2, -1)).square()
        return errors if mask is None else errors.masked_fill(~mask, 0)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        rest, mask = ctx.saved_tensors
        slope = rest * (2 * gradient)[..., None, None]
        if mask is not None:
            slope.masked_fill_(~mask[..., None, None], 0)
        return slope.to(ctx.dtype), None, None, None
