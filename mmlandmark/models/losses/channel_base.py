"""What the losses on maps of channels share: the mask, and a value per channel."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch import distributed as dist

from mmlandmark.errors import LandmarkError


class ChannelMapLoss(nn.Module, ABC):
    """A penalty on each cell of maps of channels; zero where the maps are right.

    The head divides what is summed here by what ``per`` names, over all processes.

    Args:
        loss_weight: Factor of the whole loss.
    """

    per: ClassVar[str] = 'cells'
    """What the sum is divided by: ``cells`` inside the pictures, or ``keypoints``."""

    sigmoid: ClassVar[bool] = True
    """Whether the scores are the sigmoid of what the head gives, rather than that itself."""

    def __init__(self, loss_weight: float = 1.0) -> None:
        super().__init__()
        if not 0 <= loss_weight < float('inf'):
            raise LandmarkError(
                f'{type(self).__name__}: loss_weight is {loss_weight!r}, expected a finite number, '
                'at least 0'
            )
        self.loss_weight = loss_weight

    @abstractmethod
    def penalty(self, outputs: Tensor, targets: Tensor, centres: Tensor | None) -> Tensor:
        """Return the penalty (B, C, h, w) float32 of each cell; arguments as ``forward``."""

    def forward(
        self,
        outputs: Tensor,
        targets: Tensor,
        mask: Tensor | None = None,
        centres: Tensor | None = None,
    ) -> Tensor:
        """Return the sum over cells of each channel, (C,) float32.

        Args:
            outputs: Of the head, before any sigmoid, (B, C, h, w), of any float type.
            targets: (B, C, h, w) from 0 to 1; anything where masked.
            mask: (B, h, w) bool, True where cells count; None: everywhere.
            centres: (B, C, h, w) bool, the cells that hold a keypoint; needed where ``per`` is
                ``keypoints``.
        """
        # single precision: logarithms and sums of thousands of cells have no room in half
        outputs, targets = outputs.float(), targets.float()
        if mask is None:
            return self.loss_weight * self.penalty(outputs, targets, centres).sum(dim=(0, 2, 3))
        mask = mask[:, None]
        # before the penalty too, or what is not finite would reach the gradient through 0 * NaN
        outputs, targets = (torch.where(mask, part, 0.0) for part in (outputs, targets))
        values = torch.where(mask, self.penalty(outputs, targets, centres), 0.0)
        return self.loss_weight * values.sum(dim=(0, 2, 3))

    def score(self, outputs: Tensor) -> Tensor:
        """Return scores (B, C, h, w) float32 for what the head gives."""
        return outputs.float().sigmoid() if self.sigmoid else outputs.float()


def channel_losses(sums: Tensor, count: Tensor, channels: Sequence[str]) -> dict[str, Tensor]:
    """Return the loss of a batch and that of each channel, over all processes.

    Distributed training averages gradients over processes, so that of ``loss`` is multiplied by
    their number: several processes then give what one gives on the joint batch. The values are the
    joint ones in each process. Every process must call this once per step.

    Args:
        sums: Of the losses of each channel in this process, (C,).
        count: What they are divided by in this process, a scalar; at least one keypoint is assumed
            of the channels together.
        channels: Names.

    Returns:
        ``loss``, the mean over channels, and ``excess/CHANNEL`` of each, without a gradient.
    """
    joint, processes = torch.cat([sums.detach(), count[None]]), 1
    if dist.is_available() and dist.is_initialized():
        processes = dist.get_world_size()
        dist.all_reduce(joint)
    divisor = joint[-1].clamp(min=1 / len(channels))
    excess = joint[:-1] / divisor
    own = sums.mean() * processes / divisor
    logged = {f'excess/{name}': value for name, value in zip(channels, excess, strict=True)}
    return dict(loss=own + (excess.mean() - own).detach(), **logged)
