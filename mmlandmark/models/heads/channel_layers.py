"""From features to maps of channels, at the resolution that is asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mmcv.cnn import build_norm_layer
from torch import Tensor, nn

from mmlandmark.errors import LandmarkError
from mmlandmark.models.heads.map_resolution import (
    Size,
    check_resize,
    enlarge_maps,
    feature_stride,
    map_size,
    pool_features,
)


class ChannelLayers(nn.Module):
    """Deconvolutions where wanted, and a layer that gives one map per channel.

    Args:
        in_channels: Channels of the features.
        num_channels: How many maps.
        stride: Pixels of the input per cell of the maps.
        in_stride: The same of the features; read from the sizes where it is None.
        deconv_channels: Widths of deconvolutions before the last layer; each doubles the features.
        norm_cfg: Norm layers after them.
        start: What every map is about before training.
        where: Whose layers these are, for messages.
    """

    def __init__(
        self,
        in_channels: int,
        num_channels: int,
        stride: int,
        in_stride: int | None,
        deconv_channels: Sequence[int],
        norm_cfg: dict,
        start: float,
        where: str,
    ) -> None:
        super().__init__()
        self.stride, self.in_stride, self.where = stride, in_stride, where
        self.in_channels = in_channels
        widths = (in_channels, *deconv_channels)
        self.deconvs = nn.ModuleList(
            _deconv(a, b, norm_cfg) for a, b in zip(widths[:-1], widths[1:], strict=True)
        )
        self.final = nn.Conv2d(widths[-1], num_channels, 1)
        nn.init.normal_(self.final.weight, std=0.01)
        nn.init.constant_(self.final.bias, start)

    def forward(self, features: Tensor, input_shape: Size) -> Tensor:
        """Return maps (B, C, h, w) float32, each pixel of the input in a cell.

        Args:
            features: (B, F, h, w).
            input_shape: Height and width of the input that they are made of.

        Raises:
            LandmarkError: Their size or number of channels does not fit.
        """
        if features.shape[1] != self.in_channels:
            raise LandmarkError(
                f'{self.where}: the features have {features.shape[1]} channels, expected '
                f'in_channels={self.in_channels}'
            )
        size = tuple(features.shape[-2:])
        stride = feature_stride(input_shape, size, self.where, self.in_stride)
        check_resize(stride, len(self.deconvs), self.stride, self.where)
        for deconv in self.deconvs:
            features = deconv(features)
        stride //= 2 ** len(self.deconvs)
        # float32 from here on: a sigmoid in half precision has few numbers near 0 and 1
        maps = self.final(pool_features(features, stride, self.stride)).float()
        return enlarge_maps(maps, stride, self.stride, map_size(input_shape, self.stride))


def start_of(prior: float, sigmoid: bool, where: str) -> float:
    """Return what a map has to be for a score.

    Args:
        prior: The score.
        sigmoid: Whether scores are the sigmoid of maps.
        where: Whose score it is, for the message.

    Raises:
        LandmarkError: The score is not between 0 and 1.
    """
    if not 0 < prior < 1:
        raise LandmarkError(f'{where}: prior is {prior!r}, expected a number between 0 and 1')
    return math.log(prior / (1 - prior)) if sigmoid else prior


def _deconv(in_channels: int, out_channels: int, norm_cfg: dict) -> nn.Sequential:
    """Return layers that double a map; each cell becomes the four that cover it."""
    return nn.Sequential(
        nn.ConvTranspose2d(in_channels, out_channels, 4, stride=2, padding=1, bias=False),
        build_norm_layer(norm_cfg, out_channels)[1],
        nn.ReLU(inplace=True),
    )
