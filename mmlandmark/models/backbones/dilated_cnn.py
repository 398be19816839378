"""Dilated convolutions that never leave the size of the picture."""

from __future__ import annotations

from collections.abc import Sequence

from mmcv.cnn import ConvModule
from mmpose.registry import MODELS
from torch import Tensor, nn

from mmlandmark.errors import LandmarkError
from mmlandmark.models.backbones.padding import PaddedBackbone

TWICE_TO_16 = (1, 1, 2, 4, 8, 16, 1, 2, 4, 8, 16, 1)
LEAKY_RELU = dict(type='LeakyReLU')


@MODELS.register_module()
class DilatedCNN(PaddedBackbone):
    """A row of 3x3 convolutions with dilation; the map has the size of the picture.

    Context comes from the dilation alone (Yu and Koltun, ICLR 2016): a pixel of the map sees
    1 + 2 x the sum of the dilations in each direction. The dilations are those of the published
    keypoint trainer tlpss/keypoint-detection.

    Args:
        width: Channels of each convolution.
        dilations: One convolution each.
        in_channels: Channels of the input.
        norm_cfg: Norm layers, none as published.
        act_cfg: Activations.
        init_cfg: MMEngine's initialisation config.

    Raises:
        LandmarkError: A number is not positive.
    """

    def __init__(
        self,
        width: int = 32,
        dilations: Sequence[int] = TWICE_TO_16,
        in_channels: int = 3,
        norm_cfg: dict | None = None,
        act_cfg: dict = LEAKY_RELU,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if not dilations or min(*dilations, width, in_channels) < 1:
            raise LandmarkError(
                'DilatedCNN: expected positive width, dilations and in_channels, found '
                f'{width!r}, {dilations!r} and {in_channels!r}'
            )
        self.divisor, self.channels, self.strides = 1, (width,), (1,)
        self.layers = nn.Sequential(
            *(
                ConvModule(
                    width if number else in_channels,
                    width,
                    3,
                    padding=dilation,
                    dilation=dilation,
                    norm_cfg=norm_cfg,
                    act_cfg=act_cfg,
                )
                for number, dilation in enumerate(dilations)
            )
        )

    def extract(self, inputs: Tensor) -> Tensor:
        """Return the map of pictures (B, C, H, W)."""
        return self.layers(inputs)
