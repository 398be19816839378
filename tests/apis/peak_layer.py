"""A layer that answers with maps as a trained network does: one clean peak for each keypoint."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class PeakLayer(nn.Module):
    """Gaussian peaks whose places and heights follow smoothly from the features.

    Maps of random weights have no such peaks, and refining what is none amplifies rounding.

    Args:
        in_channels: Of the features.
        keypoints: How many peaks.
        maps: Of each keypoint: 1, or 3 with the way to the keypoint in x and y.
    """

    def __init__(self, in_channels: int, keypoints: int, maps: int = 1) -> None:
        super().__init__()
        self.linear, self.maps = nn.Linear(in_channels, 3 * keypoints), maps
        nn.init.normal_(self.linear.weight, std=0.3)
        nn.init.normal_(self.linear.bias)

    def forward(self, features: Tensor) -> Tensor:
        """Return (B, K * M, H, W) for features (B, C, H, W)."""
        height, width = features.shape[-2:]
        values = self.linear(features.mean(dim=(2, 3))).float().sigmoid().unflatten(1, (-1, 3))
        share_x, share_y, tall = values[..., None, None].unbind(2)
        way_x = (0.2 + 0.6 * share_x) * width - torch.arange(width)
        way_y = (0.2 + 0.6 * share_y) * height - torch.arange(height)[:, None]
        peaks = (0.5 + 0.5 * tall) * torch.exp(-(way_x**2 + way_y**2) / 8)
        parts = [peaks, way_x.expand_as(peaks) / width, way_y.expand_as(peaks) / height]
        return torch.stack(parts[: self.maps], dim=2).flatten(1, 2)
