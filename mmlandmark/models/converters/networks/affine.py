"""The closed-form converter as a network: it adds nothing to the affine base."""

from __future__ import annotations

from torch import Tensor

from mmlandmark.models.converters.networks.base import ConverterNetwork
from mmlandmark.models.converters.registry import register_network


@register_network('affine')
class AffineNetwork(ConverterNetwork):
    """The affine base alone."""

    uses_base = True

    def forward(self, points: Tensor, visible: Tensor) -> Tensor:
        """Return zeros (B, T, 2)."""
        return points.new_zeros(points.shape[0], self.num_target, 2)
