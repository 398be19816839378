"""Dilated convolutions: what a pixel of the map sees."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.models.backbones import DilatedCNN  # noqa: E402


@pytest.mark.parametrize('dilations', [(1,), (1, 2, 4), None])
def test_a_pixel_of_the_map_sees_as_far_as_the_dilations_say(dilations: tuple | None) -> None:
    # positive weights, so that nothing cancels and no activation closes
    backbone = DilatedCNN(2, **({} if dilations is None else dict(dilations=dilations)))
    with torch.no_grad():
        for value in backbone.parameters():
            value.fill_(0.1)
    inputs = torch.ones(1, 3, 161, 161, requires_grad=True)
    backbone(inputs)[0][0, :, 80, 80].sum().backward()
    seen = inputs.grad[0].abs().sum(0).nonzero()
    reach = sum(dilations or (1, 1, 2, 4, 8, 16, 1, 2, 4, 8, 16, 1))
    assert seen.min() == 80 - reach and seen.max() == 80 + reach


def test_as_published_it_has_twelve_convolutions_and_no_norm() -> None:
    backbone = DilatedCNN()
    shapes = [tuple(value.shape) for value in backbone.parameters() if value.ndim > 1]
    assert shapes == [(32, 3, 3, 3)] + [(32, 32, 3, 3)] * 11
    assert sum(value.numel() for value in backbone.parameters()) == 896 + 11 * 9248
    names = {type(module).__name__ for module in backbone.modules()}
    assert 'LeakyReLU' in names and 'BatchNorm2d' not in names


@pytest.mark.parametrize('options', [dict(width=0), dict(dilations=()), dict(dilations=(1, 0))])
def test_what_is_refused(options: dict) -> None:
    with pytest.raises(LandmarkError, match='DilatedCNN: expected positive'):
        DilatedCNN(**options)
