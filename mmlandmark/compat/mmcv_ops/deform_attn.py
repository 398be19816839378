"""Multi-scale deformable attention (Zhu et al., ICLR 2021) over mmcv's own plain-torch version."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ['ms_deform_attn_backward', 'ms_deform_attn_forward']


def ms_deform_attn_forward(
    value: Tensor,
    spatial_shapes: Tensor,
    level_start_index: Tensor,
    sampling_locations: Tensor,
    attention_weights: Tensor,
    im2col_step: int,
) -> Tensor:
    """Return (batch, queries, heads * channels).

    Args:
        value: (batch, keys, heads, channels), the levels one after the other.
        spatial_shapes: (levels, 2), height and width of each level.
        level_start_index: (levels,), implied by ``spatial_shapes``.
        sampling_locations: (batch, queries, heads, levels, points, 2), x and y in [0, 1].
        attention_weights: (batch, queries, heads, levels, points).
        im2col_step: Block size of the compiled op, without effect here.
    """
    from mmcv.ops.multi_scale_deform_attn import multi_scale_deformable_attn_pytorch

    return multi_scale_deformable_attn_pytorch(
        value, spatial_shapes, sampling_locations, attention_weights
    )


def ms_deform_attn_backward(
    value: Tensor,
    spatial_shapes: Tensor,
    level_start_index: Tensor,
    sampling_locations: Tensor,
    attention_weights: Tensor,
    grad_output: Tensor,
    grad_value: Tensor,
    grad_sampling_locations: Tensor,
    grad_attention_weights: Tensor,
    im2col_step: int,
) -> None:
    """Fill the three gradients."""
    leaves = [x.detach().requires_grad_() for x in (value, sampling_locations, attention_weights)]
    with torch.enable_grad():
        output = ms_deform_attn_forward(
            leaves[0], spatial_shapes, level_start_index, leaves[1], leaves[2], im2col_step
        )
    targets = (grad_value, grad_sampling_locations, grad_attention_weights)
    for target, grad in zip(targets, torch.autograd.grad(output, leaves, grad_output), strict=True):
        target.copy_(grad)
