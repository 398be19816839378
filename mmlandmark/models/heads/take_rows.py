"""Parts of a tensor whose gradients meet in one tensor of its size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


class _TakeRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, rows: Tensor, *indices: Tensor) -> tuple[Tensor, ...]:
        ctx.shape = rows.shape
        ctx.save_for_backward(*indices)
        return tuple(rows.index_select(0, index) for index in indices)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        whole = gradients[0].new_zeros(ctx.shape)
        for index, gradient in zip(ctx.saved_tensors, gradients, strict=True):
            whole.index_add_(0, index, gradient)
        return (whole, *(None for _ in gradients))


def take_rows(rows: Tensor, indices: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """Return several selections of rows; the gradient is computed once.

    Selecting them one by one would fill a gradient of the size of ``rows`` with zeros for each,
    which costs more than the loss itself.

    Args:
        rows: (N, ...).
        indices: Positions of the rows of each selection, (M,) int64; at least one selection.
    """
    return _TakeRows.apply(rows, *indices)
