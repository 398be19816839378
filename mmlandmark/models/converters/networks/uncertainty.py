"""The network that predicts how far off each point may be."""

from __future__ import annotations

from torch import nn

from mmlandmark.models.converters.networks.mlp import mlp_layers


def uncertainty_network(num_source: int, num_target: int) -> nn.Sequential:
    """Return the network from coordinates and missing flags (B, 3S) to log errors (B, T)."""
    layers = mlp_layers(3 * num_source, (64, 64), num_target, 0.1, nn.GELU)
    nn.init.zeros_(layers[-1].weight)
    # about the error of an affine fit, so that the first steps are not spent on finding it
    nn.init.constant_(layers[-1].bias, -3.0)
    return layers
