"""Graph convolutions over the skeleton."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from mmlandmark.models.converters.networks.base import ConverterNetwork
from mmlandmark.models.converters.registry import NetworkContext, register_network
from mmlandmark.schemas import KeypointSchema


def normalized_adjacency(schema: KeypointSchema) -> np.ndarray:
    """Return the symmetrically normalised adjacency (K, K) of a skeleton with self-loops.

    Points in no link are joined to all others, so that a schema without a skeleton is one
    fully connected graph. Kipf and Welling, 2017.
    """
    adjacency = np.eye(schema.num_keypoints)
    for first, second in schema.skeleton:
        i, j = schema.index(first), schema.index(second)
        adjacency[i, j] = adjacency[j, i] = 1
    lonely = adjacency.sum(1) == 1
    adjacency[lonely] = adjacency[:, lonely] = 1
    degree = adjacency.sum(1) ** -0.5
    return degree[:, None] * adjacency * degree


class _GraphLayer(nn.Module):
    """A point's own features and its neighbours' mean, mixed by different weights."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.own, self.neighbours = nn.Linear(width, width), nn.Linear(width, width, bias=False)
        self.dropout = nn.Dropout(dropout)

    def forward(self, nodes: Tensor, adjacency: Tensor) -> Tensor:
        hidden = self.norm(nodes)
        mixed = self.own(hidden) + self.neighbours(adjacency @ hidden)
        return nodes + self.dropout(nn.functional.gelu(mixed))


@register_network('gnn')
class GraphNetwork(ConverterNetwork):
    """Graph convolutions that keep the identity of every point.

    Each node has a learned embedding beside its coordinates, and the target points read all nodes
    through one linear layer, so no pooling forgets which point is which.

    Args:
        context: The schemas; the graph is the source schema's skeleton.
        width: Features per node.
        num_layers: Graph convolutions.
        dropout: Dropout in each layer.
    """

    def __init__(
        self, context: NetworkContext, width: int = 32, num_layers: int = 3, dropout: float = 0.1
    ) -> None:
        super().__init__(context)
        adjacency = torch.as_tensor(normalized_adjacency(context.source), dtype=torch.float32)
        self.register_buffer('adjacency', adjacency, persistent=False)
        self.embed = nn.Linear(3, width)
        self.node_embedding = nn.Parameter(torch.randn(self.num_source, width) * 0.02)
        self.layers = nn.ModuleList(_GraphLayer(width, dropout) for _ in range(num_layers))
        self.output = nn.Linear(self.num_source * width, 2 * self.num_target)

    def forward(self, points: Tensor, visible: Tensor) -> Tensor:
        """Return (B, T, 2); see the base class."""
        features = torch.cat([points, visible[..., None].to(points.dtype)], dim=-1)
        nodes = self.embed(features) + self.node_embedding
        for layer in self.layers:
            nodes = layer(nodes, self.adjacency)
        return self.output(nodes.flatten(1)).view(-1, self.num_target, 2)
