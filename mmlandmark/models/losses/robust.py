"""Penalties that need nothing but the distance."""

from __future__ import annotations

import math

import torch
from mmpose.registry import MODELS
from torch import Tensor

from mmlandmark.models.losses.base import PointLoss


def _distance(squared: Tensor) -> Tensor:
    # the root has no finite slope at zero; a distance below 1e-6 of an instance counts as that
    return squared.clamp(min=1e-12).sqrt()


@MODELS.register_module()
class CauchyPointLoss(PointLoss):
    """``scale^2 / 2 * log(1 + d^2 / scale^2)``: half the squared distance for small ones, and
    hardly more for a gross error than for a large one.

    Args:
        scale: Distance, in units of the instance's size, beyond which errors count less.
        loss_weight: Factor of the whole loss.
    """

    def __init__(self, scale: float = 0.1, loss_weight: float = 1.0) -> None:
        super().__init__(loss_weight)
        self.scale = scale

    def penalty(self, squared: Tensor, log_sigma: Tensor | None) -> Tensor:
        """Return (B, K); see the base class."""
        return self.scale**2 / 2 * torch.log1p(squared / self.scale**2)


@MODELS.register_module()
class SmoothL1PointLoss(PointLoss):
    """Huber's loss divided by ``beta``: quadratic below that distance, then linear."""

    def __init__(self, beta: float = 0.05, loss_weight: float = 1.0) -> None:
        super().__init__(loss_weight)
        self.beta = beta

    def penalty(self, squared: Tensor, log_sigma: Tensor | None) -> Tensor:
        """Return (B, K); see the base class."""
        distance = _distance(squared)
        return torch.where(
            distance < self.beta, squared / (2 * self.beta), distance - self.beta / 2
        )


@MODELS.register_module()
class MSEPointLoss(PointLoss):
    """The squared distance."""

    def penalty(self, squared: Tensor, log_sigma: Tensor | None) -> Tensor:
        """Return (B, K); see the base class."""
        return squared


@MODELS.register_module()
class L1PointLoss(PointLoss):
    """The distance itself (not the sum of its coordinates: it does not depend on the axes)."""

    def penalty(self, squared: Tensor, log_sigma: Tensor | None) -> Tensor:
        """Return (B, K); see the base class."""
        return _distance(squared)


@MODELS.register_module()
class WingPointLoss(PointLoss):
    """Logarithmic below ``width``, then linear. Feng et al., CVPR 2018, on distances.

    Args:
        width: Where the linear part begins, in units of the instance's size.
        curvature: The smaller, the steeper at zero; same unit.
        loss_weight: Factor of the whole loss.
    """

    def __init__(
        self, width: float = 0.1, curvature: float = 0.02, loss_weight: float = 1.0
    ) -> None:
        super().__init__(loss_weight)
        self.width, self.curvature = width, curvature
        self.shift = width - width * math.log1p(width / curvature)

    def penalty(self, squared: Tensor, log_sigma: Tensor | None) -> Tensor:
        """Return (B, K); see the base class."""
        distance = _distance(squared)
        near = self.width * torch.log1p(distance / self.curvature)
        return torch.where(distance < self.width, near, distance - self.shift)
