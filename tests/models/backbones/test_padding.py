"""Inputs that do not divide: what is padded, what is cut, and batches of several sizes."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from mmpose.models import PoseDataPreprocessor  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402
from mmpose.structures import PoseDataSample  # noqa: E402
from torch.nn import functional  # noqa: E402

from mmlandmark.models.backbones import UNet  # noqa: E402
from mmlandmark.models.backbones.padding import (  # noqa: E402
    PaddedBackbone,
    crop_to_stride,
    pad_to_multiple,
)

EVERY = [
    dict(type='UNet', widths=(2, 3, 4)),
    dict(type='UNet', widths=(2, 3, 4), out_stride=4),
    dict(type='DilatedCNN', width=2, dilations=(1, 2)),
    dict(type='S3K', widths=(2, 3, 4), num_blocks=1, width=4),
    dict(
        type='DINOv2', model_name='vit_tiny_patch16_224', out_indices=(0, 1), depth=2, width=4,
        normalize=None,
    ),
    dict(
        type='SmpBackbone', encoder_name='tu-resnet10t', decoder_channels=(8, 4, 4, 4, 4),
        normalize=None,
    ),
]  # fmt: skip


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 16))
@settings(max_examples=25, deadline=None)
def test_what_is_padded_is_cut_away_again(height: int, width: int, divisor: int) -> None:
    inputs = torch.rand(1, 2, height, width)
    padded = pad_to_multiple(inputs, divisor)
    assert all(side % divisor == 0 for side in padded.shape[-2:])
    assert padded.numel() < inputs.numel() + 2 * divisor * (height + width + divisor)
    assert torch.equal(crop_to_stride(padded, (height, width), 1), inputs)
    assert padded.sum() == pytest.approx(inputs.sum().item(), rel=1e-4)
    for stride in (s for s in (1, 2, 4) if divisor % s == 0):
        maps = functional.max_pool2d(padded, stride)
        cells = crop_to_stride(maps, (height, width), stride).shape[-2:]
        assert [*cells] == [-(-height // stride), -(-width // stride)]


@pytest.mark.parametrize('cfg', EVERY, ids=lambda cfg: f'{cfg["type"]}{cfg.get("out_stride", "")}')
def test_any_size_gives_a_map_of_that_size(cfg: dict) -> None:
    backbone = MODELS.build(cfg).train()
    stride, width = backbone.strides[0], backbone.channels[0]
    for size in ((61, 47), (16, 33)):
        (maps,) = backbone(torch.rand(2, 3, *size))
        assert maps.shape == (2, width, *(-(-side // stride) for side in size))
    maps.square().sum().backward()
    learnt = [p for p in backbone.parameters() if p.requires_grad]
    assert all(value.grad is not None for value in learnt)


@pytest.mark.parametrize('cfg', EVERY, ids=lambda cfg: f'{cfg["type"]}{cfg.get("out_stride", "")}')
def test_a_picture_padded_before_gives_the_same_map(cfg: dict) -> None:
    """By the data preprocessor's divisor, or by the backbone: the same network sees the same."""
    backbone = MODELS.build(cfg).eval()
    inputs = torch.randn(1, 3, 21, 34)
    with torch.no_grad():
        (alone,) = backbone(inputs)
        (padded,) = backbone(pad_to_multiple(inputs, backbone.divisor))
    cut = crop_to_stride(padded, (21, 34), backbone.strides[0])
    assert torch.allclose(alone, cut, atol=1e-5)


def test_pictures_of_several_sizes_make_one_batch() -> None:
    preprocessor = PoseDataPreprocessor(
        mean=[10.0] * 3, std=[5.0] * 3, bgr_to_rgb=True, pad_size_divisor=1
    )
    pictures = [
        torch.full((3, 20, 33), 10, dtype=torch.uint8),
        torch.full((3, 31, 17), 20, dtype=torch.uint8),
    ]
    samples = [PoseDataSample(metainfo=dict(img_shape=p.shape[-2:])) for p in pictures]
    batch = preprocessor(dict(inputs=pictures, data_samples=samples))
    inputs = batch['inputs']
    assert inputs.shape == (2, 3, 31, 33)
    assert (inputs[1, :, :, :17] == 2).all() and (inputs[1, :, :, 17:] == 0).all()
    assert batch['data_samples'][0].img_shape == (20, 33)
    (maps,) = UNet((2, 3, 4), out_stride=2)(inputs)
    assert maps.shape[-2:] == (16, 17)


def test_a_network_that_moves_nothing_moves_nothing() -> None:
    """Cell c of a map begins at c strides from the picture's corner, padded or not."""

    class Mean(PaddedBackbone):
        divisor, channels, strides = 8, (3,), (4,)

        def extract(self, inputs: torch.Tensor) -> torch.Tensor:
            assert inputs.shape[-2:] == (16, 24)
            return functional.avg_pool2d(inputs, 4)

    inputs = torch.rand(1, 3, 13, 22)
    (maps,) = Mean()(inputs)
    assert maps.shape == (1, 3, 4, 6)
    assert torch.allclose(maps[..., 1, 2], inputs[..., 4:8, 8:12].mean((-1, -2)))
