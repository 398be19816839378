"""Random changes of pictures: how often, how much, and the same for the same generator."""

from __future__ import annotations

import numpy as np
import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.registry import MODELS  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402

ALL = [
    dict(type='BatchColorJitter', brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1, grey=0.1),
    dict(type='BatchGaussianBlur', prob=0.5),
    dict(type='BatchCoarseDropout', holes=3),
]


def build(config: dict, **options):
    return MODELS.build(dict(config, **options))


def pictures(num: int = 6, size: int = 40) -> torch.Tensor:
    return torch.rand(num, 3, size, size, generator=torch.Generator().manual_seed(1)) * 255


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize('config', ALL)
def test_the_same_generator_changes_the_same(config):
    given = pictures()
    before, change = given.clone(), build(config)
    found = change(given, rng())
    assert torch.equal(found, change(given, rng())) and torch.equal(given, before)
    assert not torch.equal(found, change(given, rng(1)))
    assert found.shape == given.shape and found.dtype == torch.float32
    assert float(found.min()) >= 0 and float(found.max()) <= 255.01


@pytest.mark.parametrize('config', ALL)
def test_never_is_never(config):
    never = dict(prob=0.0) | (dict(grey=0.0) if 'grey' in config else {})
    assert torch.equal(build(config, **never)(pictures(), rng()), pictures())


@pytest.mark.parametrize('config', ALL)
def test_nothing_of_the_device_is_read_back(config):
    found = build(config, prob=1.0)(pictures().to('meta'), rng())
    assert found.device.type == 'meta' and found.shape == (6, 3, 40, 40)


def test_colour_factors_fill_their_ranges():
    jitter = build(ALL[0], prob=0.75, brightness=1.5)
    factors = jitter.draw(20000, rng())
    changed = factors['hue'] != 0
    assert changed.mean() == pytest.approx(0.75, abs=0.02)
    assert (factors['contrast'] != 1).mean() == pytest.approx(0.75, abs=0.02)
    wide = dict(brightness=(0.0, 2.5), contrast=(0.6, 1.4), hue=(-0.1, 0.1))
    for name, (least, most) in wide.items():
        values = factors[name][changed]
        assert least <= values.min() < least + 0.01 and most - 0.01 < values.max() <= most
        assert np.median(values) == pytest.approx((least + most) / 2, abs=0.02)
    assert (factors['saturation'] == 0).mean() == pytest.approx(0.1, abs=0.01)


def test_grey_pictures_are_grey():
    found = build(ALL[0], grey=1.0)(pictures(), rng())
    assert float((found.amax(1) - found.amin(1)).max()) < 0.01


def test_blur_is_that_of_torchvision():
    functional = pytest.importorskip('torchvision.transforms.v2.functional')
    blur = build(ALL[1], kernel_size=7, sigma=(1.3, 1.3), prob=0.5)
    found, expected = blur(pictures(), rng()), functional.gaussian_blur(pictures(), [7, 7], [1.3])
    blurred = (found - pictures()).abs().amax(dim=(1, 2, 3)) > 1
    assert 0 < int(blurred.sum()) < 6
    torch.testing.assert_close(found[blurred], expected[blurred], rtol=0, atol=1e-3)
    assert torch.equal(found[~blurred], pictures()[~blurred])


def test_dropout_covers_rectangles_of_the_given_size():
    given = torch.full((2000, 1, 40, 40), 7.0)
    found = build(ALL[2], holes=1, size=(0.25, 0.5), fill=99.0, prob=0.5)(given, rng())
    covered = (found == 99)[:, 0]
    assert set(found.unique().tolist()) == {7.0, 99.0}
    share = covered.any(2).any(1)
    assert float(share.float().mean()) == pytest.approx(0.5, abs=0.05)
    heights, widths = covered.any(2).sum(1)[share], covered.any(1).sum(1)[share]
    for sides in (heights, widths):
        assert 9 <= int(sides.min()) <= 11 and 19 <= int(sides.max()) <= 21
    assert torch.equal(covered.sum((1, 2))[share], heights * widths)
    assert covered[:, 0].any() and covered[:, -1].any()  # they reach the border
    several = build(ALL[2], holes=3, size=(0.25, 0.5), prob=1.0)(given[:200], rng())
    assert (several == 0).float().mean() > 1.5 * covered.float().mean() / 0.5


@pytest.mark.parametrize(
    ('config', 'options', 'message'),
    [
        (ALL[0], dict(hue=0.7), 'BatchColorJitter: hue is 0.7; expected a number from 0 to 0.5'),
        (ALL[0], dict(contrast=-1), 'contrast is -1'),
        (ALL[1], dict(kernel_size=4), 'kernel_size is 4; expected an odd number'),
        (ALL[1], dict(sigma=(2, 1)), 'sigma is .2, 1.; expected two numbers from 0.01'),
        (ALL[2], dict(holes=0), 'holes is 0'),
        (ALL[2], dict(size=(0.5, 1.5)), 'size is .0.5, 1.5.; expected two numbers from 0 to 1'),
    ],
)
def test_options_that_make_no_sense_are_refused(config, options, message):
    with pytest.raises(LandmarkError, match=message):
        build(config, **options)
