import numpy as np
import pytest
from channel_samples import centres, sample
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlandmark.datasets.transforms import RandomChannelAffine, RandomChannelCrop
from mmlandmark.errors import LandmarkError
from mmlandmark.geometry.affine import apply_affine

POINTS = np.array([[26.25, 22.5], [38.0, 28.75], [32.6, 19.2]])
MODEST = {'rotate': 20, 'scale': (0.9, 1.2), 'shift': 0.05}


@pytest.mark.parametrize('flip', [0.0, 1.0])
@pytest.mark.parametrize('prob', [0.0, 1.0])
def test_keypoints_move_with_the_picture(flip, prob):
    for seed in range(5):
        np.random.seed(seed)
        moved = RandomChannelAffine(**MODEST, flip=flip, prob=prob).transform(sample(POINTS))
        assert moved['img'].shape == (48, 64, 3)
        # the picture itself tells where they are
        np.testing.assert_allclose(centres(moved['img']), moved['channel_points'], atol=0.1)
        back = apply_affine(moved['channel_points'], moved['to_picture'])
        np.testing.assert_allclose(back, POINTS, atol=1e-4)
        assert moved['channel_ids'].tolist() == ([1, 0, 2] if flip else [0, 1, 2])
        assert moved['channel_depths'].tolist() == [0, 1, 2]


def test_a_mirror_image_alone_is_exact_and_twice_changes_nothing():
    flip = RandomChannelAffine(flip=1.0, prob=0.0)
    once = flip.transform(sample(POINTS))
    np.testing.assert_array_equal(once['img'], sample(POINTS)['img'][:, ::-1])
    np.testing.assert_allclose(once['channel_points'][:, 0], 64 - POINTS[:, 0], rtol=1e-6)
    twice = flip.transform(once)
    before = sample(POINTS)
    for key in ('img', 'channel_ids', 'to_picture'):
        np.testing.assert_array_equal(twice[key], before[key])
    np.testing.assert_allclose(twice['channel_points'], before['channel_points'], atol=1e-5)


def test_keypoints_on_either_edge_survive_a_flip():
    flipped = RandomChannelAffine(flip=1.0, prob=0.0).transform(sample([[0, 0], [64, 48]]))
    assert flipped['channel_points'].tolist() == [[64, 0], [0, 48]]
    assert not flipped['dropped_points'].any()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.booleans())
def test_what_leaves_is_dropped_and_counted_by_channel(seed, crop):
    np.random.seed(seed)
    points = np.random.rand(12, 2) * (64, 48)
    change = (
        RandomChannelCrop(size=(30, 20))
        if crop
        else RandomChannelAffine(rotate=180, scale=(0.5, 3), shift=0.5, flip=0.5)
    )
    before = sample(points, dropped_points=np.array([1, 0, 0]))
    moved = change.transform(dict(before))
    height, width = moved['img_shape']
    assert ((moved['channel_points'] >= 0) & (moved['channel_points'] <= (width, height))).all()
    # depths tell which keypoints are left; those are where they were
    kept = moved['channel_depths'].astype(int)
    back = apply_affine(moved['channel_points'], moved['to_picture'])
    np.testing.assert_allclose(back, points[kept], atol=1e-3)
    held = np.bincount(moved['channel_ids'], minlength=3)
    assert (held + moved['dropped_points']).sum() == 12 + 1
    swapped = held + moved['dropped_points'] - [1, 0, 0]
    assert swapped.tolist() == [4, 4, 4]
    all_back = {int(i) for i in range(12)} - set(kept.tolist())
    matrix = np.linalg.inv(np.vstack([moved['to_picture'], [0, 0, 1]]))[:2]
    gone = apply_affine(points[sorted(all_back)], matrix)
    assert (((gone < 0) | (gone > (width, height))).any(axis=1)).all()


def test_a_crop_is_a_window_of_the_picture():
    np.random.seed(0)
    places = set()
    for _ in range(30):
        moved = RandomChannelCrop(size=(40, 100)).transform(sample(POINTS))
        left, top = moved['to_picture'][:, 2].astype(int)
        places.add(int(left))
        assert moved['img'].shape == (48, 40, 3) and top == 0 and 0 <= left <= 24
        np.testing.assert_array_equal(moved['img'], sample(POINTS)['img'][:, left : left + 40])
    assert len(places) > 10
    whole = RandomChannelCrop(size=(40, 40), prob=0.0).transform(sample(POINTS))
    assert whole['img'].shape == (48, 64, 3)


@pytest.mark.parametrize(
    ('build', 'message'),
    [
        (lambda: RandomChannelAffine(scale=(2, 1)), 'scale is'),
        (lambda: RandomChannelAffine(scale=(0, 1)), 'scale is'),
        (lambda: RandomChannelAffine(scale=0.2), 'scale is 0.2; expected two factors'),
        (lambda: RandomChannelAffine(fill=114), r'fill is 114; expected \(blue, green, red\)'),
        (lambda: RandomChannelAffine(rotate=200), 'rotate is 200; expected from 0 to 180'),
        (lambda: RandomChannelAffine(flip=1.5), 'flip is 1.5; expected from 0 to 1'),
        (lambda: RandomChannelAffine(shift=-0.1), 'shift is -0.1'),
        (lambda: RandomChannelCrop(size=(4, 4), prob=2), 'prob is 2'),
        (lambda: RandomChannelCrop(size=4), 'size is 4'),
    ],
)
def test_wrong_options_are_refused(build, message):
    with pytest.raises(LandmarkError, match=message):
        build()
