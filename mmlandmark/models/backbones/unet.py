"""A plain U-Net."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmcv.cnn import ConvModule
from mmpose.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional

from mmlandmark.errors import LandmarkError
from mmlandmark.models.backbones.padding import PaddedBackbone

BATCH_NORM = dict(type='BN')
RELU = dict(type='ReLU')


@MODELS.register_module()
class UNet(PaddedBackbone):
    """Encoder by max-pooling, decoder by bilinear upsampling, joined level by level.

    The form of Ronneberger et al., MICCAI 2015, with padded convolutions, so that a map has the
    size of its picture.

    Args:
        widths: Channels of each level, the finest first; a level has half the size of the one
            before.
        num_convs: Convolutions (3x3, norm, activation) at each level, on the way down and up.
        out_stride: Pixels of the input per pixel of the map: the decoder ends at that level.
        in_channels: Channels of the input.
        norm_cfg: Norm layers; ``dict(type='SyncBN')`` counts over all processes.
        act_cfg: Activations.
        init_cfg: MMEngine's initialisation config.

    Raises:
        LandmarkError: Widths or numbers are not whole and positive, or no level has that stride.
    """

    def __init__(
        self,
        widths: Sequence[int] = (32, 64, 128, 256),
        num_convs: int = 2,
        out_stride: int = 1,
        in_channels: int = 3,
        norm_cfg: dict | None = BATCH_NORM,
        act_cfg: dict = RELU,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        strides = [2**level for level in range(len(widths))]
        if not widths or min(*widths, num_convs, in_channels) < 1:
            raise LandmarkError(
                f'UNet: expected positive widths, num_convs and in_channels, found {widths!r}, '
                f'{num_convs!r} and {in_channels!r}'
            )
        if out_stride not in strides:
            raise LandmarkError(f'UNet: out_stride is {out_stride!r}; its levels have {strides}')
        out_level = strides.index(out_stride)
        self.divisor = strides[-1]
        self.channels, self.strides = (widths[out_level],), (out_stride,)

        def stage(entering: int, leaving: int) -> nn.Sequential:
            sizes = (entering, *[leaving] * num_convs)
            return nn.Sequential(
                *(
                    ConvModule(a, b, 3, padding=1, norm_cfg=norm_cfg, act_cfg=act_cfg)
                    for a, b in zip(sizes[:-1], sizes[1:], strict=True)
                )
            )

        entering = (in_channels, *widths[:-1])
        self.down = nn.ModuleList(stage(a, b) for a, b in zip(entering, widths, strict=True))
        self.up = nn.ModuleList(
            stage(widths[level] + widths[level + 1], widths[level])
            for level in reversed(range(out_level, len(widths) - 1))
        )

    def extract(self, inputs: Tensor) -> Tensor:
        """Return the map of pictures (B, C, H, W) whose sides are multiples of ``divisor``."""
        levels = [self.down[0](inputs)]
        for stage in self.down[1:]:
            levels.append(stage(functional.max_pool2d(levels[-1], 2)))
        maps = levels.pop()
        for stage in self.up:
            larger = functional.interpolate(
                maps, scale_factor=2.0, mode='bilinear', align_corners=False
            )
            maps = stage(torch.cat([larger, levels.pop()], dim=1))
        return maps
