"""The plain U-Net: sizes, levels and what is refused."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.registry import MODELS  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.models.backbones import UNet  # noqa: E402


@pytest.mark.parametrize('size', [(61, 47), (64, 64), (8, 8), (1, 9)])
@pytest.mark.parametrize('out_stride', [1, 2, 4])
def test_a_map_covers_its_picture(size: tuple[int, int], out_stride: int) -> None:
    backbone = MODELS.build(dict(type='UNet', widths=(4, 6, 8), out_stride=out_stride)).eval()
    with torch.no_grad():
        (maps,) = backbone(torch.rand(2, 3, *size))
    assert maps.shape == (2, *backbone.channels, *(-(-side // out_stride) for side in size))
    assert backbone.strides == (out_stride,) and backbone.divisor == 4


def test_every_weight_is_used() -> None:
    backbone = UNet((4, 6, 8), out_stride=2)
    (maps,) = backbone(torch.rand(2, 3, 21, 18))
    maps.square().sum().backward()
    assert all(value.grad is not None for value in backbone.parameters())
    # fewer, as the decoder ends earlier
    whole = UNet((4, 6, 8))
    assert len(list(backbone.parameters())) < len(list(whole.parameters()))


def test_a_map_sees_fine_and_coarse_things() -> None:
    """The size of what a pixel of the map sees: far more than its own level's convolutions."""
    backbone = UNet((4, 4, 4, 4), norm_cfg=None).eval()
    inputs = torch.rand(1, 3, 128, 128, requires_grad=True)
    backbone(inputs)[0][0, :, 64, 64].sum().backward()
    rows = inputs.grad[0].abs().sum((0, 2)).nonzero()
    assert rows.max() - rows.min() > 40
    assert inputs.grad[0, :, 64, 64].abs().sum() > 0


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (dict(widths=()), 'positive widths'),
        (dict(widths=(4, 0)), 'positive widths'),
        (dict(num_convs=0), 'num_convs'),
        (dict(out_stride=3), r'out_stride is 3; its levels have \[1, 2, 4, 8\]'),
        (dict(out_stride=16), 'out_stride is 16'),
    ],
)
def test_what_is_refused(options: dict, words: str) -> None:
    with pytest.raises(LandmarkError, match=words):
        UNet(**options)
