"""Fully connected networks on the flattened coordinates."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from mmlandmark.models.converters.networks.base import ConverterNetwork
from mmlandmark.models.converters.networks.dropout import FastDropout
from mmlandmark.models.converters.registry import NetworkContext, register_network


def mlp_layers(
    inputs: int, hidden: Sequence[int], outputs: int, dropout: float, activation: type[nn.Module]
) -> nn.Sequential:
    """Return linear layers with activation and dropout between them."""
    layers: list[nn.Module] = []
    for width in hidden:
        layers += [nn.Linear(inputs, width), activation()]
        if dropout > 0:
            layers.append(FastDropout(dropout))
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))


class _FlatNetwork(ConverterNetwork):
    def __init__(
        self, context: NetworkContext, hidden: Sequence[int], dropout: float = 0.0
    ) -> None:
        super().__init__(context)
        self.layers = mlp_layers(2 * self.num_source, hidden, 2 * self.num_target, dropout, nn.ReLU)

    def forward(self, points: Tensor, visible: Tensor) -> Tensor:
        """Return (B, T, 2); see the base class."""
        return self.layers(points.flatten(1)).view(-1, self.num_target, 2)


@register_network('simple_linear')
class SimpleLinearNetwork(_FlatNetwork):
    """One linear layer over all coordinates."""

    def __init__(self, context: NetworkContext) -> None:
        super().__init__(context, hidden=())


@register_network('minimal_mlp')
class MinimalMLPNetwork(_FlatNetwork):
    """One hidden layer."""

    def __init__(self, context: NetworkContext, hidden: int = 128) -> None:
        super().__init__(context, hidden=(hidden,))


@register_network('mlp')
class MLPNetwork(_FlatNetwork):
    """Hidden layers with dropout, the network of published converters."""

    def __init__(
        self, context: NetworkContext, hidden: Sequence[int] = (256, 256), dropout: float = 0.3
    ) -> None:
        super().__init__(context, hidden=hidden, dropout=dropout)


@register_network('autoencoder')
class AutoencoderNetwork(_FlatNetwork):
    """A bottleneck between two wider layers."""

    def __init__(self, context: NetworkContext, hidden: Sequence[int] = (128, 64, 128)) -> None:
        super().__init__(context, hidden=hidden)
