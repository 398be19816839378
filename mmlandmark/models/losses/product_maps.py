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

from mmlandmark.codecs.device_codec import Factors


def takes_products(loss_module: nn.Module) -> bool:
    """Whether ``product_loss`` stands for a loss; not for a subclass, which may do otherwise."""
    return type(loss_module) is KeypointMSELoss


def product_loss(
    loss_module: KeypointMSELoss, maps: Tensor, factors: Factors, weights: Tensor
) -> Tensor:
    """Return what a loss says of maps and targets, to rounding; a scalar, float32.

    Args:
        loss_module: One that ``takes_products``.
        maps: The prediction, (B, K, H, W).
        factors: Profiles of the targets, (B, K, W) in x and (B, K, H) in y.
        weights: Target weights, (B, K).
    """
    x, y = factors
    factor = weights.float() if loss_module.use_target_weight else torch.ones_like(x[..., 0])
    if loss_module.skip_empty_channel:
        factor = factor * ((x != 0).any(-1) & (y != 0).any(-1))
    errors = _SquaredError.apply(maps, x, y)
    return (errors * factor).sum() / maps.numel() * loss_module.loss_weight


class _SquaredError(torch.autograd.Function):
    """Squared error of each map (B, K, H, W) against a product of profiles; (B, K), float32."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor, x: Tensor, y: Tensor) -> Tensor:
        rest = torch.addcmul(maps.float(), y[..., :, None], x[..., None, :], value=-1)
        ctx.save_for_backward(rest)
        ctx.dtype = maps.dtype
        return torch.linalg.vector_norm(rest, dim=(-2, -1)).square()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (rest,) = ctx.saved_tensors
        return (rest * (2 * gradient)[..., None, None]).to(ctx.dtype), None, None
