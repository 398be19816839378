"""Self-attention over keypoints."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mmlandmark.errors import LandmarkError
from mmlandmark.models.converters.networks.base import ConverterNetwork
from mmlandmark.models.converters.registry import NetworkContext, register_network


@register_network('mlp_attention')
class AttentionNetwork(ConverterNetwork):
    """One token per source point; every target point asks the tokens by its own query.

    Missing points are masked out of all attention, so they influence nothing.

    Args:
        context: The schemas.
        width: Width of a token.
        num_heads: Attention heads.
        num_layers: Self-attention layers over the source points.
        hidden: Width of the MLP in each layer.
        dropout: Dropout inside the layers.
    """

    def __init__(
        self,
        context: NetworkContext,
        width: int = 128,
        num_heads: int = 4,
        num_layers: int = 1,
        hidden: int = 256,
        dropout: float = 0.1,
    ) -> None:
        super().__init__(context)
        if width % num_heads:
            raise LandmarkError(
                f'mlp_attention: width {width} does not divide into {num_heads} heads'
            )
        self.embed = nn.Linear(2, width)
        self.source_embedding = nn.Parameter(torch.randn(self.num_source, width) * 0.02)
        self.target_query = nn.Parameter(torch.randn(self.num_target, width))
        self.encoder = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width, num_heads, hidden, dropout, 'gelu', batch_first=True, norm_first=True
            )
            for _ in range(num_layers)
        )
        self.read = nn.MultiheadAttention(width, num_heads, dropout, batch_first=True)
        self.output = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, 2)
        )

    def forward(self, points: Tensor, visible: Tensor) -> Tensor:
        """Return (B, T, 2); see the base class."""
        # an instance without any point has no token to attend to; let it see all of them
        missing = ~visible & visible.any(1, keepdim=True)
        tokens = self.embed(points) + self.source_embedding
        for layer in self.encoder:
            tokens = layer(tokens, src_key_padding_mask=missing)
        query = self.target_query.expand(points.shape[0], -1, -1)
        read, _ = self.read(query, tokens, tokens, key_padding_mask=missing, need_weights=False)
        return self.output(query + read)
