"""What all point losses share: the mask, the weights and the divisor."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch import distributed as dist


def mean_over_supervised(
    values: Tensor, supervised: Tensor, weight: Tensor | None = None
) -> Tensor:
    """Sum the supervised values and divide by how many there are over all processes.

    Distributed training averages gradients over processes, so the sum is multiplied by their
    number: several processes then give what one gives on the joint batch.

    Args:
        values: (B, K) a value per keypoint; anything, NaN included, where not supervised.
        supervised: (B, K) bool.
        weight: (K,) or (B, K) factor per keypoint, or None. It does not enter the divisor.

    Returns:
        Scalar; zero, with zero gradient, where nothing is supervised.
    """
    kept = torch.where(supervised, values, 0.0)
    if weight is not None:
        kept = kept * weight
    count, processes = supervised.sum().to(values.dtype), 1
    if dist.is_available() and dist.is_initialized():
        processes = dist.get_world_size()
        dist.all_reduce(count)
    return kept.sum() * processes / count.clamp(min=1)


class PointLoss(nn.Module, ABC):
    """A penalty on the distance of each point.

    Args:
        loss_weight: Factor of the whole loss.
    """

    needs_uncertainty: ClassVar[bool] = False
    """Whether the converter must predict an expected error for this loss."""

    def __init__(self, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    @abstractmethod
    def penalty(self, squared: Tensor, log_sigma: Tensor | None) -> Tensor:
        """Return the penalty (B, K) of squared distances (B, K)."""

    def forward(
        self,
        pred: Tensor,
        target: Tensor,
        supervised: Tensor,
        weight: Tensor | None = None,
        log_sigma: Tensor | None = None,
    ) -> Tensor:
        """Return the loss, a scalar.

        Args:
            pred: (B, K, 2) in units of the instance's size.
            target: (B, K, 2) same unit; anything where not supervised.
            supervised: (B, K) bool.
            weight: (K,) factor per keypoint.
            log_sigma: (B, K) log of the expected distance, same unit.
        """
        # masked before the difference, or a NaN label would reach the gradient through 0 * NaN
        wanted = torch.where(supervised[..., None], target, pred.detach())
        squared = (pred - wanted).square().sum(-1)
        values = self.penalty(squared, log_sigma)
        return self.loss_weight * mean_over_supervised(values, supervised, weight)
