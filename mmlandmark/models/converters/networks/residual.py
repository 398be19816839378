"""A small correction of the affine base."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmlandmark.models.converters.networks.base import ConverterNetwork
from mmlandmark.models.converters.networks.mlp import mlp_layers
from mmlandmark.models.converters.registry import NetworkContext, register_network


@register_network('residual')
class ResidualNetwork(ConverterNetwork):
    """An MLP whose output is added to the affine base and starts at zero.

    It is told which points were filled in, so that it can correct them more.

    Args:
        context: The schemas.
        hidden: Widths of the hidden layers.
        dropout: Dropout after each hidden layer.
    """

    uses_base = True

    def __init__(
        self, context: NetworkContext, hidden: Sequence[int] = (128, 128), dropout: float = 0.1
    ) -> None:
        super().__init__(context)
        self.layers = mlp_layers(3 * self.num_source, hidden, 2 * self.num_target, dropout, nn.GELU)
        nn.init.zeros_(self.layers[-1].weight)
        nn.init.zeros_(self.layers[-1].bias)

    def forward(self, points: Tensor, visible: Tensor) -> Tensor:
        """Return the correction (B, T, 2); see the base class."""
        missing = (~visible).to(points.dtype)
        flat = torch.cat([points.flatten(1), missing], dim=1)
        return self.layers(flat).view(-1, self.num_target, 2)
