"""DINOv2 with its patches brought back to pixels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from mmcv.cnn import ConvModule
from mmpose.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional

from mmlandmark.errors import LandmarkError
from mmlandmark.models.backbones.normalization import ColorStatistics, normalization
from mmlandmark.models.backbones.padding import PaddedBackbone
from mmlandmark.models.backbones.timm_backbone import TimmBackbone
from mmlandmark.models.backbones.unet import BATCH_NORM

LAST_FOUR = (8, 9, 10, 11)


@MODELS.register_module()
class DINOv2(PaddedBackbone):
    """A vision transformer of timm, frozen, and layers that learn to enlarge its patches.

    The tokens of some blocks are joined, as Oquab et al., DINOv2, 2023, do for dense tasks; then
    sizes are doubled, each time with a convolution, until ``out_stride`` is near. Position
    embeddings are resampled to the size of the input, so that a picture keeps its own.

    Args:
        model_name: Timm's name of the transformer.
        out_indices: Whose tokens to take, of how many blocks there are.
        width: Channels while enlarging, so those of the map.
        out_stride: Pixels of the input per pixel of the map; must divide the size of a patch.
        frozen: Whether the transformer stays as it is; it is then in evaluation mode too.
        pretrained: As for ``TimmBackbone``; without, a frozen transformer is a random one.
        normalize: 'own' for the mean and std that timm keeps with the weights, of input in levels
            0 to 255, red first; None where ``data_preprocessor`` normalises; or a dict of them.
        norm_cfg: Norm layers while enlarging.
        init_cfg: MMEngine's initialisation config.
        **model_options: Further options of the transformer.

    Raises:
        LandmarkError: Timm is not installed or does not know the model or an option, or
            ``out_stride`` does not divide a patch.
    """

    def __init__(
        self,
        model_name: str = 'vit_small_patch14_dinov2',
        out_indices: Sequence[int] = LAST_FOUR,
        width: int = 64,
        out_stride: int = 1,
        frozen: bool = True,
        pretrained: bool | str | Path = False,
        normalize: Any = 'own',
        norm_cfg: dict | None = BATCH_NORM,
        init_cfg: dict | list[dict] | None = None,
        **model_options: Any,
    ) -> None:
        super().__init__(init_cfg)
        options = dict(dynamic_img_size=True) | model_options
        self.encoder = TimmBackbone(model_name, out_indices, pretrained=pretrained, **options)
        self.divisor = patch = self.encoder.strides[-1]
        if out_stride not in range(1, patch + 1) or patch % out_stride:
            raise LandmarkError(
                f'DINOv2: out_stride is {out_stride!r}; expected a divisor of a patch, {patch}'
            )
        self.channels, self.strides = (width,), (out_stride,)
        where = f'DINOv2 {model_name!r}'
        own = ColorStatistics.of_timm(model_name, where)
        self.normalization = normalization(normalize, own, where)
        self.frozen = frozen
        if frozen:
            self.encoder.requires_grad_(False)
        # the last enlargement is by less than two: 14 = 2 * 2 * 2 * 1.75
        self.doublings = max(0, (patch // out_stride - 1).bit_length() - 1)
        entering = (sum(self.encoder.channels), *[width] * (self.doublings + 1))
        self.enlarge = nn.ModuleList(
            ConvModule(channels, width, 3, padding=1, norm_cfg=norm_cfg) for channels in entering
        )

    def extract(self, inputs: Tensor) -> Tensor:
        """Return the map of pictures (B, 3, H, W) whose sides are multiples of a patch."""
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.frozen):
            tokens = torch.cat(self.encoder(inputs), dim=1)
        maps = self.enlarge[0](tokens)
        for layer in self.enlarge[1:-1]:
            maps = layer(_resize(maps, [2 * side for side in maps.shape[-2:]]))
        size = [side // self.strides[0] for side in inputs.shape[-2:]]
        return self.enlarge[-1](_resize(maps, size))

    def train(self, mode: bool = True) -> DINOv2:
        """Set the mode; a frozen transformer stays in that of evaluation."""
        super().train(mode)
        if self.frozen:
            self.encoder.eval()
        return self


def _resize(maps: Tensor, size: Sequence[int]) -> Tensor:
    return functional.interpolate(maps, size=size, mode='bilinear', align_corners=False)
