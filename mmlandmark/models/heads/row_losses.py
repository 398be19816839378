"""Losses over rows, one per keypoint of one sample, that count supervised rows and no others.

What a loss module of MMPose says of the rows is divided by how many are supervised in all data
sets and processes, so a keypoint weighs the same whatever stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch import distributed as dist

from mmlandmark.errors import LandmarkError
from mmlandmark.geometry.product_maps import ProductMaps
from mmlandmark.models.losses.product_maps import product_loss

Rows = tuple[Tensor, ...] | tuple[ProductMaps]
"""One entry per keypoint: maps (N, M, H, W), or SimCC's vectors (N, 1, Wx) and (N, 1, Wy).

Maps of a target may be products that are not multiplied out.
"""


def keypoint_rows(outputs: Tensor | tuple[Tensor, ...], num_keypoints: int, where: str) -> Rows:
    """Return what a head gave as rows, sample by sample; a view where memory allows.

    Args:
        outputs: Maps (B, K * M, H, W), or SimCC's (B, K, Wx) and (B, K, Wy).
        num_keypoints: K.
        where: Whose output this is, for the message.

    Raises:
        LandmarkError: The number of maps is no multiple of the number of keypoints.
    """
    parts = outputs if isinstance(outputs, tuple) else (outputs,)
    rows = []
    for part in parts:
        if part.shape[1] % num_keypoints:
            raise LandmarkError(
                f'{where}: gives {part.shape[1]} maps, expected a multiple of {num_keypoints}'
            )
        maps = part.shape[1] // num_keypoints
        rows.append(part.reshape(part.shape[0] * num_keypoints, maps, *part.shape[2:]))
    return tuple(rows)


def select_rows(rows: Rows, index: Tensor | None) -> Rows:
    """Return the rows at some positions (N,) int64, each at most once; all for None."""
    return rows if index is None else tuple(row.index_select(0, index) for row in rows)


def sum_over_rows(
    loss_module: nn.Module,
    reduction: str,
    pred: Rows,
    target: Rows,
    weights: Tensor,
    mask: Tensor | None = None,
) -> Tensor:
    """Return the sum of the loss over rows, a scalar; zero without one.

    Args:
        loss_module: Any loss of MMPose that ``loss_reduction`` accepts.
        reduction: What ``loss_reduction``, or with a mask ``masked_reduction``, said of it.
        pred: The head's rows.
        target: The codec's rows, of the same shapes; blank where not in the mask.
        weights: Target weight of each row, (N,); zero where not in the mask.
        mask: Which rows count, (N,) bool; None: all.

    Raises:
        LandmarkError: Head and codec do not make maps or vectors of the same size.
    """
    for given, wanted in zip(pred, target, strict=True):
        if given.shape != wanted.shape:
            raise LandmarkError(
                f'the head gives {_size(given)}, the codec labels of {_size(wanted)}; expected '
                "the same: the codec's sizes follow from the input and the layers of the head"
            )
    if not len(weights):
        return through(pred)
    if isinstance(target[0], ProductMaps):
        kept = None if mask is None else mask[:, None]
        value = product_loss(loss_module, pred[0], target[0], weights[:, None], kept)
    else:
        if mask is not None:
            pred = tuple(row.masked_fill(~mask.view(-1, *(1,) * (row.ndim - 1)), 0) for row in pred)
        value = call_loss(loss_module, pred, target, weights[:, None])
    value = value.to(torch.promote_types(value.dtype, torch.float32))
    if reduction == 'supervised':
        return value * mask.sum()
    return value * len(weights) if reduction == 'mean' else value


def call_loss(loss_module: nn.Module, pred: Rows, target: Rows, weights: Tensor) -> Tensor:
    """Return what a loss of MMPose says, a scalar.

    Args:
        loss_module: A loss for maps, or for pairs of SimCC vectors.
        pred: The prediction, (B, K * M, H, W), or (B, K, Wx) and (B, K, Wy).
        target: The same of the labels.
        weights: Target weights (B, K).
    """
    if len(pred) == 1:
        return loss_module(pred[0], target[0], weights).mean()
    return loss_module(pred, target, weights).mean()


def normalised_losses(
    sums: Mapping[str, Tensor],
    counts: Mapping[str, float | Tensor],
    dataset_weights: Mapping[str, float],
    reference: Tensor,
) -> dict[str, Tensor]:
    """Return ``loss_kpt/NAME`` of each data set; together they are the batch's loss.

    Each is the data set's weight times its sum, divided by the count of all data sets in all
    processes, and times the number of processes, since gradients are averaged over them. Every
    process must call this once per step.

    Args:
        sums: Sum of the loss over the rows of each data set, of all that the head knows.
        counts: How many rows those are, as numbers or as scalars on the device.
        dataset_weights: Factor per data set; 1 where none is given.
        reference: Any tensor on the device of the sums.
    """
    total, processes = sum(counts.values()), 1
    if dist.is_available() and dist.is_initialized():
        processes = dist.get_world_size()
        # not a copy of the number, for which the device would be waited for
        total = reference.new_zeros((), dtype=torch.float32) + total
        dist.all_reduce(total)
    if isinstance(total, Tensor):
        divisor = torch.where(total > 0, total, 1).float()
    else:
        divisor = total if total > 0 else 1.0
    factors = {name: dataset_weights.get(name, 1.0) * processes for name in sums}
    return {f'loss_kpt/{name}': value * factors[name] / divisor for name, value in sums.items()}


def through(tensors: Sequence[Tensor]) -> Tensor:
    """Return a zero whose gradient reaches all the tensors, as zeros.

    Distributed training waits for every parameter. Multiplying by zero instead would make NaN of
    an infinite value.
    """
    return sum(tensor.flatten()[:0].sum() for tensor in tensors)


def _size(rows: Tensor) -> str:
    return 'x'.join(str(length) for length in rows.shape[1:])
