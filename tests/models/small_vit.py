"""A vision transformer with the names of the parts of mmpretrain's, where that is absent."""

from __future__ import annotations

import importlib.util
from typing import Any

import torch
from mmengine.model import BaseModule
from mmpose.registry import MODELS
from torch import Tensor, nn

WIDTH, PATCH = 32, 16


def vit(layers: int, size: tuple[int, int]) -> dict[str, Any]:
    """Return the config of a backbone: mmpretrain's, if it is installed.

    MMPose's ViTPose configs use that one; MMPose's ``LayerDecayOptimWrapperConstructor`` knows its
    parts by their names.

    Args:
        layers: How many.
        size: Height and width of pictures.
    """
    if importlib.util.find_spec('mmpretrain') is None:
        return dict(type='SmallViT', layers=layers, size=size)
    arch = dict(embed_dims=WIDTH, num_layers=layers, num_heads=2, feedforward_channels=WIDTH)
    return dict(
        type='mmpretrain.VisionTransformer',
        arch=arch,
        img_size=size,
        patch_size=PATCH,
        with_cls_token=False,
        out_type='featmap',
        patch_cfg=dict(padding=2),
    )


class _Patches(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.projection = nn.Conv2d(3, WIDTH, PATCH, PATCH)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.projection(pictures)


class _Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.attn = nn.MultiheadAttention(WIDTH, 2, batch_first=True)
        self.ffn = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.GELU(), nn.Linear(WIDTH, WIDTH))

    def forward(self, tokens: Tensor) -> Tensor:
        seen = self.ln1(tokens)
        tokens = tokens + self.attn(seen, seen, seen, need_weights=False)[0]
        return tokens + self.ffn(self.ln2(tokens))


@MODELS.register_module()
class SmallViT(BaseModule):
    """Pictures (N, 3, H, W) to maps (N, 32, H / 16, W / 16).

    Args:
        layers: How many.
        size: Height and width of the pictures.
    """

    def __init__(self, layers: int, size: tuple[int, int]) -> None:
        super().__init__()
        self.grid = tuple(side // PATCH for side in size)
        self.patch_embed = _Patches()
        self.pos_embed = nn.Parameter(torch.zeros(1, self.grid[0] * self.grid[1], WIDTH))
        self.layers = nn.ModuleList(_Layer() for _ in range(layers))
        self.ln1 = nn.LayerNorm(WIDTH)

    def forward(self, pictures: Tensor) -> tuple[Tensor]:
        """Return the maps of the last layer."""
        tokens = self.patch_embed(pictures).flatten(2).transpose(1, 2) + self.pos_embed
        for layer in self.layers:
            tokens = layer(tokens)
        return (self.ln1(tokens).transpose(1, 2).unflatten(2, self.grid),)
