"""The network of S3K."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmcv.cnn import ConvModule
from mmpose.models.backbones.resnet import BasicBlock
from mmpose.registry import MODELS
from torch import Tensor, nn

from mmlandmark.errors import LandmarkError
from mmlandmark.models.backbones.padding import PaddedBackbone
from mmlandmark.models.backbones.unet import BATCH_NORM, RELU


@MODELS.register_module()
class S3K(PaddedBackbone):
    """Two halvings, residual blocks, two transposed convolutions back, joined level by level.

    After Vecerik et al., S3K, CoRL 2020. Numbers of layers and channels are those of the published
    trainer tlpss/keypoint-detection, which calls itself approximate in that; a transposed
    convolution here doubles exactly.

    Args:
        widths: Channels at full, half and quarter size on the way down.
        num_blocks: Residual blocks at quarter size.
        width: Channels on the way up, so those of the map.
        in_channels: Channels of the input.
        norm_cfg: Norm layers.
        act_cfg: Activations.
        init_cfg: MMEngine's initialisation config.

    Raises:
        LandmarkError: There are not three widths, or a number is not positive.
    """

    def __init__(
        self,
        widths: Sequence[int] = (3, 16, 32),
        num_blocks: int = 3,
        width: int = 32,
        in_channels: int = 3,
        norm_cfg: dict = BATCH_NORM,
        act_cfg: dict = RELU,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if len(widths) != 3 or min(*widths, num_blocks, width, in_channels) < 1:
            raise LandmarkError(
                'S3K: expected three positive widths, and positive num_blocks, width and '
                f'in_channels, found {widths!r}, {num_blocks!r}, {width!r} and {in_channels!r}'
            )
        self.divisor, self.channels, self.strides = 4, (width,), (1,)
        layers = dict(norm_cfg=norm_cfg, act_cfg=act_cfg)
        full, half, quarter = widths
        self.stem = ConvModule(in_channels, full, 3, padding=1, **layers)
        self.down_half = ConvModule(full, half, 3, stride=2, padding=1, **layers)
        self.down_quarter = ConvModule(half, quarter, 3, stride=2, padding=1, **layers)
        self.blocks = nn.Sequential(
            *(BasicBlock(quarter, quarter, norm_cfg=norm_cfg) for _ in range(num_blocks)),
            ConvModule(quarter, width, 3, padding=1, act_cfg=None),
        )
        self.up_half = _doubling(width)
        self.join_half = ConvModule(width + half, width, 3, padding=1, **layers)
        self.up_full = _doubling(width)
        self.join_full = ConvModule(width + full, width, 3, padding=1, **layers)

    def extract(self, inputs: Tensor) -> Tensor:
        """Return the map of pictures (B, C, H, W) whose sides are multiples of four."""
        full = self.stem(inputs)
        half = self.down_half(full)
        maps = self.blocks(self.down_quarter(half))
        maps = self.join_half(torch.cat([self.up_half(maps), half], dim=1))
        return self.join_full(torch.cat([self.up_full(maps), full], dim=1))


def _doubling(width: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(width, width, 3, stride=2, padding=1, output_padding=1)
