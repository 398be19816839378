import numpy as np
import pytest
from channel_samples import centres, sample

from mmlandmark.datasets.transforms import PadChannels, ResizeChannels
from mmlandmark.errors import LandmarkError
from mmlandmark.geometry.affine import apply_affine

POINTS = np.array([[20.25, 18.5], [40.0, 30.75], [32.6, 11.2]])


@pytest.mark.parametrize(
    ('options', 'size'),
    [
        ({'size': (96, 80)}, (96, 80)),
        ({'size': (32, 32)}, (32, 32)),
        ({'size': (96, 200), 'keep_ratio': True}, (96, 72)),
        ({'size': (200, 96), 'keep_ratio': True}, (128, 96)),
        ({'short_side': 24}, (32, 24)),
        ({'short_side': 71}, (95, 71)),
    ],
)
def test_keypoints_stay_on_what_they_mark(options, size):
    moved = ResizeChannels(**options).transform(sample(POINTS))
    assert moved['img'].shape == (size[1], size[0], 3) and moved['img_shape'] == size[::-1]
    np.testing.assert_allclose(centres(moved['img']), moved['channel_points'], atol=0.05)
    factor = np.array(size) / (64, 48)
    np.testing.assert_allclose(moved['channel_points'], POINTS * factor, rtol=1e-6)
    back = apply_affine(moved['channel_points'], moved['to_picture'])
    np.testing.assert_allclose(back, POINTS, atol=1e-4)
    assert moved['dropped_points'].tolist() == [0, 0, 0]


@pytest.mark.parametrize('size', [(17, 13), (63, 47), (1, 1), (999, 1001)])
def test_keypoints_on_the_far_edges_stay_on_them(size):
    moved = ResizeChannels(size=size).transform(sample([[0, 0], [64, 48], [64, 0]]))
    assert moved['channel_points'].tolist() == [[0, 0], list(size), [size[0], 0]]


def test_what_is_filled_up_is_not_part_of_the_picture():
    moved = ResizeChannels(size=(96, 96), keep_ratio=True, pad=True, pad_value=(1, 2, 3)).transform(
        sample(POINTS)
    )
    assert moved['img'].shape == (96, 96, 3) and moved['img_shape'] == (72, 96)
    assert (moved['img'][72:] == (1, 2, 3)).all()
    np.testing.assert_allclose(moved['channel_points'], POINTS * 1.5, rtol=1e-6)


def test_padding_moves_nothing():
    before = sample(POINTS)
    picture = before['img']
    for options, size in (({'divisor': 32}, (64, 64)), ({'size': (70, 50)}, (70, 50))):
        moved = PadChannels(**options).transform(sample(POINTS))
        assert moved['img'].shape == (size[1], size[0], 3) and moved['img_shape'] == (48, 64)
        np.testing.assert_array_equal(moved['img'][:48, :64], picture)
        assert not moved['img'][48:].any() and not moved['img'][:, 64:].any()
        np.testing.assert_array_equal(moved['channel_points'], before['channel_points'])
        np.testing.assert_array_equal(moved['to_picture'], np.eye(2, 3))


@pytest.mark.parametrize(
    ('build', 'message'),
    [
        (lambda: ResizeChannels(), 'either size'),
        (lambda: ResizeChannels(size=(4, 4), short_side=4), 'either size'),
        (lambda: ResizeChannels(size=(4, 4), pad=True), 'pad=True needs'),
        (lambda: ResizeChannels(size=4), 'size is 4; expected'),
        (lambda: ResizeChannels(size=(4, 0)), r'size is \(4, 0\)'),
        (lambda: ResizeChannels(short_side=0), 'short_side is 0'),
        (lambda: PadChannels(), 'either size'),
        (lambda: PadChannels(divisor=0), 'divisor is 0'),
        (lambda: PadChannels(size=(40, 90)).transform(sample(POINTS)), 'a.png: .* 64x48, larger'),
    ],
)
def test_wrong_options_are_refused(build, message):
    with pytest.raises(LandmarkError, match=message):
        build()
