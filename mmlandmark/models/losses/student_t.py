"""The loss that learns how far off each point may be."""

from __future__ import annotations

import torch
from mmpose.registry import MODELS
from torch import Tensor

from mmlandmark.errors import LandmarkError
from mmlandmark.models.losses.base import PointLoss


@MODELS.register_module()
class StudentTPointLoss(PointLoss):
    """Negative log-likelihood of a two-dimensional Student-t with a predicted spread.

    Args:
        degrees: Degrees of freedom; few allow for gross errors, many approach a Gaussian.
        loss_weight: Factor of the whole loss.
    """

    needs_uncertainty = True

    def __init__(self, degrees: float = 4.0, loss_weight: float = 1.0) -> None:
        super().__init__(loss_weight)
        self.degrees = degrees

    def penalty(self, squared: Tensor, log_sigma: Tensor | None) -> Tensor:
        """Return (B, K); see the base class.

        Raises:
            LandmarkError: The converter predicts no spread.
        """
        if log_sigma is None:
            raise LandmarkError('StudentTPointLoss needs a converter with uncertainty=True')
        ratio = squared * torch.exp(-2 * log_sigma) / self.degrees
        return 2 * log_sigma + (self.degrees + 2) / 2 * torch.log1p(ratio)
