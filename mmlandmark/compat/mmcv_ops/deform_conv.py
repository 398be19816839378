"""Deformable convolution, with and without a modulating mask, over torchvision's op.

Offsets are (N, 2 * groups * kh * kw, H', W') and masks (N, groups * kh * kw, H', W'), as in
Dai et al., ICCV 2017 and Zhu et al., CVPR 2019; both libraries order them alike.
"""

from __future__ import annotations

from typing import Any

import torch
import torchvision
from torch import Tensor

__all__ = [
    'deform_conv_backward_input',
    'deform_conv_backward_parameters',
    'deform_conv_forward',
    'modulated_deform_conv_backward',
    'modulated_deform_conv_forward',
]


def _geometry(kwargs: dict[str, Any]) -> dict[str, tuple[int, int]]:
    return {
        'stride': (kwargs['dH'], kwargs['dW']),
        'padding': (kwargs['padH'], kwargs['padW']),
        'dilation': (kwargs['dilationH'], kwargs['dilationW']),
    }


def _modulated_geometry(kwargs: dict[str, Any]) -> dict[str, tuple[int, int]]:
    return {
        name: (kwargs[f'{short}_h'], kwargs[f'{short}_w'])
        for name, short in (('stride', 'stride'), ('padding', 'pad'), ('dilation', 'dilation'))
    }


def _gradients(
    grad_output: Tensor,
    input: Tensor,
    offset: Tensor,
    weight: Tensor,
    geometry: dict[str, tuple[int, int]],
    mask: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    """Return the gradients of input, offset, weight and mask (None where there is no mask)."""
    leaves = [x.detach().requires_grad_() for x in (input, offset, weight)]
    if mask is not None:
        leaves.append(mask.detach().requires_grad_())
    with torch.enable_grad():
        output = torchvision.ops.deform_conv2d(
            *leaves[:3], **geometry, mask=None if mask is None else leaves[3]
        )
    grads = torch.autograd.grad(output, leaves, grad_output.to(output.dtype))
    return (*grads, None)[:4]


def deform_conv_forward(
    input: Tensor,
    weight: Tensor,
    offset: Tensor,
    output: Tensor,
    columns: Tensor,
    ones: Tensor,
    **kwargs: Any,
) -> None:
    """Fill ``output``; torchvision reads both numbers of groups off the shapes."""
    output.copy_(torchvision.ops.deform_conv2d(input, offset, weight, **_geometry(kwargs)))


def deform_conv_backward_input(
    input: Tensor,
    offset: Tensor,
    grad_output: Tensor,
    grad_input: Tensor,
    grad_offset: Tensor,
    weight: Tensor,
    columns: Tensor,
    **kwargs: Any,
) -> None:
    """Fill ``grad_input`` and ``grad_offset``."""
    grads = _gradients(grad_output, input, offset, weight, _geometry(kwargs))
    grad_input.copy_(grads[0])
    grad_offset.copy_(grads[1])


def deform_conv_backward_parameters(
    input: Tensor,
    offset: Tensor,
    grad_output: Tensor,
    grad_weight: Tensor,
    columns: Tensor,
    ones: Tensor,
    scale: float = 1,
    **kwargs: Any,
) -> None:
    """Add ``scale`` times the gradient to ``grad_weight``."""
    grads = _gradients(grad_output, input, offset, torch.zeros_like(grad_weight), _geometry(kwargs))
    grad_weight.add_(grads[2], alpha=scale)


def modulated_deform_conv_forward(
    input: Tensor,
    weight: Tensor,
    bias: Tensor,
    ones: Tensor,
    offset: Tensor,
    mask: Tensor,
    output: Tensor,
    columns: Tensor,
    *,
    with_bias: bool,
    **kwargs: Any,
) -> None:
    """Fill ``output``."""
    output.copy_(
        torchvision.ops.deform_conv2d(
            input,
            offset,
            weight,
            bias if with_bias else None,
            **_modulated_geometry(kwargs),
            mask=mask,
        )
    )


def modulated_deform_conv_backward(
    input: Tensor,
    weight: Tensor,
    bias: Tensor,
    ones: Tensor,
    offset: Tensor,
    mask: Tensor,
    columns: Tensor,
    grad_input: Tensor,
    grad_weight: Tensor,
    grad_bias: Tensor,
    grad_offset: Tensor,
    grad_mask: Tensor,
    grad_output: Tensor,
    *,
    with_bias: bool,
    **kwargs: Any,
) -> None:
    """Fill the five gradients."""
    geometry = _modulated_geometry(kwargs)
    grads = _gradients(grad_output, input, offset, weight, geometry, mask)
    for target, grad in zip((grad_input, grad_offset, grad_weight, grad_mask), grads, strict=True):
        target.copy_(grad)
    if with_bias:
        grad_bias.copy_(grad_output.sum(dim=(0, 2, 3)))
