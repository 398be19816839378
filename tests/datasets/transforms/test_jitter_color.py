import numpy as np
import torch

from mmlandmark.datasets.transforms import JitterColor


def picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (12, 16, 3), np.uint8)


def test_nothing_asked_changes_nothing() -> None:
    before = picture()
    after = JitterColor().transform(dict(img=picture()))['img']
    assert np.array_equal(after, before) and after.flags.c_contiguous


def test_a_grey_picture_has_the_luma_of_blue_green_and_red_in_that_order() -> None:
    after = JitterColor(grey=1.0).transform(dict(img=picture()))['img']
    assert after.shape == (12, 16, 3) and (after == after[..., :1]).all()
    expected = picture() @ np.array([0.114, 0.587, 0.299])
    assert np.abs(after[..., 0] - expected).max() < 1.5


def test_brightness_is_a_factor_within_its_range() -> None:
    flat = np.full((4, 4, 3), 100, np.uint8)
    torch.manual_seed(0)
    jitter = JitterColor(brightness=0.2)
    values = {int(jitter.transform(dict(img=flat))['img'][0, 0, 0]) for _ in range(60)}
    assert 79 <= min(values) < 90 and 110 < max(values) <= 120
    assert (flat == 100).all()
