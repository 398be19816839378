"""Sigmoid focal loss (Lin et al., ICCV 2017) over torchvision's."""

from __future__ import annotations

import torch
import torchvision
from torch import Tensor

__all__ = ['sigmoid_focal_loss_backward', 'sigmoid_focal_loss_forward']


def _loss(input: Tensor, target: Tensor, weight: Tensor, gamma: float, alpha: float) -> Tensor:
    """Return the loss (N, C) of logits (N, C); a target of C is background, of weight one."""
    classes = input.shape[1]
    one_hot = torch.nn.functional.one_hot(target, classes + 1)[:, :classes].to(input.dtype)
    loss = torchvision.ops.sigmoid_focal_loss(input, one_hot, alpha, gamma)
    if weight.numel():
        loss = loss * torch.cat([weight, weight.new_ones(1)])[target][:, None]
    return loss


def sigmoid_focal_loss_forward(
    input: Tensor, target: Tensor, weight: Tensor, output: Tensor, gamma: float, alpha: float
) -> None:
    """Fill ``output`` (N, C) with the loss of each logit.

    Args:
        input: Logits (N, C).
        target: Class of each row (N,), C for background.
        weight: Weight of each class (C,), or empty.
        output: Where the loss goes.
        gamma: Exponent of the focusing factor.
        alpha: Weight of the positive class.
    """
    output.copy_(_loss(input, target, weight, gamma, alpha))


def sigmoid_focal_loss_backward(
    input: Tensor, target: Tensor, weight: Tensor, grad_input: Tensor, gamma: float, alpha: float
) -> None:
    """Fill ``grad_input`` (N, C) with the derivative of each loss by its own logit."""
    logits = input.detach().requires_grad_()
    with torch.enable_grad():
        total = _loss(logits, target, weight, gamma, alpha).sum()
    grad_input.copy_(torch.autograd.grad(total, logits)[0])
