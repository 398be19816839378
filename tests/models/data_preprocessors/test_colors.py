"""Changes of colour are those of torchvision, each picture with a factor of its own."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip('mmpose')
functional = pytest.importorskip('torchvision.transforms.v2.functional')

from mmlandmark.models.data_preprocessors.colors import (  # noqa: E402
    change_brightness,
    change_contrast,
    change_hue,
    change_saturation,
    luma,
)

CASES = [
    (change_brightness, functional.adjust_brightness, [0.3, 1.0, 1.7]),
    (change_contrast, functional.adjust_contrast, [0.0, 0.6, 1.8]),
    (change_saturation, functional.adjust_saturation, [0.0, 0.5, 2.0]),
    (change_hue, functional.adjust_hue, [-0.5, 0.0, 0.21]),
]


def pictures() -> torch.Tensor:
    drawn = torch.rand(3, 3, 20, 24, generator=torch.Generator().manual_seed(0)) * 255
    drawn[0, :, :4] = torch.tensor([0.0, 90.0, 255.0, 90.0])[None, :, None]  # greys
    drawn[1, 0, :4], drawn[1, 1, :4] = 200, 200  # two channels share the maximum
    return drawn


@pytest.mark.parametrize(('ours', 'theirs', 'factors'), CASES)
def test_factors_mean_what_they_mean_in_torchvision(ours, theirs, factors):
    given = pictures()
    before = given.clone()
    found = ours(given, torch.tensor(factors))
    expected = torch.stack(
        [theirs(one / 255, by) * 255 for one, by in zip(given, factors, strict=True)]
    )
    torch.testing.assert_close(found, expected, rtol=0, atol=0.02)
    assert torch.equal(given, before)


def test_no_change_is_no_change():
    given, ones = pictures(), torch.ones(3)
    for change, neutral in ((change_brightness, ones), (change_contrast, ones)):
        torch.testing.assert_close(change(given, neutral), given, rtol=0, atol=1e-4)
    torch.testing.assert_close(change_saturation(given, ones), given, rtol=0, atol=1e-4)
    torch.testing.assert_close(change_hue(given, ones * 0), given, rtol=0, atol=1e-3)
    torch.testing.assert_close(change_hue(given, ones), given, rtol=0, atol=1e-3)


def test_grey_is_that_of_torchvision():
    expected = functional.rgb_to_grayscale(pictures())
    torch.testing.assert_close(luma(pictures()), expected, rtol=0, atol=0.1)
