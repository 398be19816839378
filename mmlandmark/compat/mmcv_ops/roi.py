"""Region pooling over torchvision's ops. RoIs are (R, 5): image index, then xyxy."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ['roi_align_backward', 'roi_align_forward', 'roi_pool_backward', 'roi_pool_forward']

_AVERAGE = 1


def _only_average(pool_mode: int) -> None:
    if pool_mode != _AVERAGE:
        raise NotImplementedError(
            "mmcv op 'roi_align' with pool_mode='max' needs a compiled mmcv: torchvision has only "
            "pool_mode='avg'"
        )


def roi_align_forward(
    input: Tensor,
    rois: Tensor,
    output: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Fill ``output`` (R, C, aligned_height, aligned_width) from ``input`` (N, C, H, W)."""
    _only_average(pool_mode)
    output.copy_(
        torch.ops.torchvision.roi_align(
            input,
            rois.to(input.dtype),
            spatial_scale,
            aligned_height,
            aligned_width,
            sampling_ratio,
            aligned,
        )
    )


def roi_align_backward(
    grad_output: Tensor,
    rois: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    grad_input: Tensor,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Fill ``grad_input`` (N, C, H, W)."""
    _only_average(pool_mode)
    grad_input.copy_(
        torch.ops.torchvision._roi_align_backward(
            grad_output,
            rois.to(grad_output.dtype),
            spatial_scale,
            aligned_height,
            aligned_width,
            *grad_input.shape,
            sampling_ratio,
            aligned,
        )
    )


def roi_pool_forward(
    input: Tensor,
    rois: Tensor,
    output: Tensor,
    argmax: Tensor,
    pooled_height: int,
    pooled_width: int,
    spatial_scale: float,
) -> None:
    """Fill ``output`` (R, C, pooled_height, pooled_width) and where each maximum was found."""
    pooled, where = torch.ops.torchvision.roi_pool(
        input, rois.to(input.dtype), spatial_scale, pooled_height, pooled_width
    )
    output.copy_(pooled)
    argmax.copy_(where)


def roi_pool_backward(
    grad_output: Tensor,
    rois: Tensor,
    argmax: Tensor,
    grad_input: Tensor,
    pooled_height: int,
    pooled_width: int,
    spatial_scale: float,
) -> None:
    """Fill ``grad_input`` (N, C, H, W)."""
    grad_input.copy_(
        torch.ops.torchvision._roi_pool_backward(
            grad_output,
            rois.to(grad_output.dtype),
            argmax,
            spatial_scale,
            pooled_height,
            pooled_width,
            *grad_input.shape,
        )
    )
