"""Random changes of boxes are those of MMPose, and the margin holds all that they reach."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlandmark.errors import LandmarkError
from mmlandmark.geometry.crop_warp import CropFrame, change_matrices, uncovered_share
from mmlandmark.geometry.random_affine import BoxChanges, RandomAffine

OPTIONS = dict(
    shift_factor=0.2,
    shift_prob=0.4,
    scale_factor=(0.7, 1.2),
    scale_prob=0.9,
    rotate_factor=50.0,
    rotate_prob=0.7,
)


def test_numbers_are_distributed_as_those_of_mmpose():
    transforms = pytest.importorskip('mmpose.datasets.transforms')
    stats = pytest.importorskip('scipy.stats')
    np.random.seed(0)
    stock = transforms.RandomBBoxTransform(**OPTIONS)
    offset, scale, rotation = stock._get_transform_params(20000)
    ours = RandomAffine(**OPTIONS).draw(20000, np.random.default_rng(0))
    pairs = [(offset[:, 0], ours.shift[:, 0]), (offset[:, 1], ours.shift[:, 1])]
    pairs += [(scale[:, 0], ours.scale), (rotation, ours.rotation)]
    for theirs, own in pairs:
        assert stats.ks_2samp(theirs, own).pvalue > 0.01
        assert (own == 0).mean() == pytest.approx((theirs == 0).mean(), abs=0.02)
    wider = RandomAffine(**OPTIONS | dict(rotate_factor=60.0)).draw(20000, np.random.default_rng(0))
    assert stats.ks_2samp(rotation, wider.rotation).pvalue < 0.01
    both = (ours.shift != 0).sum(axis=1)
    assert set(both) == {0, 2}  # one coin for both directions
    assert ours.flip.mean() == pytest.approx(0.5, abs=0.02)


def test_defaults_are_those_of_mmpose():
    transforms = pytest.importorskip('mmpose.datasets.transforms')
    stock, ours = transforms.RandomBBoxTransform(), RandomAffine()
    for name in OPTIONS:
        assert getattr(ours, name) == getattr(stock, name)
    assert ours.flip_prob == transforms.RandomFlip().prob


def test_nothing_happens_with_probabilities_of_zero():
    never = dict.fromkeys(('flip_prob', 'shift_prob', 'scale_prob', 'rotate_prob'), 0.0)
    affine = RandomAffine(**never)
    changes = affine.draw(10, np.random.default_rng(0))
    matrices = change_matrices(CropFrame((48, 64), (0, 0)), changes)
    np.testing.assert_allclose(matrices, np.broadcast_to(np.eye(3), (10, 3, 3)), atol=1e-12)
    assert affine.covering_margin((48, 64)) == pytest.approx((0, 0))


@settings(max_examples=25, deadline=None)
@given(
    size=st.sampled_from([(48, 64), (64, 64), (96, 32)]),
    use_udp=st.booleans(),
    shift=st.floats(0, 0.5),
    scale=st.floats(0.5, 2),
    rotation=st.floats(0, 180),
)
def test_the_margin_holds_the_widest_change_and_no_more(size, use_udp, shift, scale, rotation):
    affine = RandomAffine(
        shift_factor=shift, scale_factor=(min(0.5, scale), scale), rotate_factor=rotation
    )
    wide = affine.covering_margin(size)
    frame = CropFrame(size, tuple(int(np.ceil(side)) + 1 for side in wide), 1.0, use_udp)
    angles = np.linspace(-rotation, rotation, 61)
    signs = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)]
    shifts = np.repeat(np.array(signs) * shift, len(angles), axis=0)
    changes = BoxChanges(
        flip=np.arange(len(shifts)) % 2 == 0,
        shift=shifts,
        scale=np.full(len(shifts), max(scale, 1.0)),
        rotation=np.tile(angles, len(signs)),
    )
    assert uncovered_share(frame, change_matrices(frame, changes)) == 0
    narrow = tuple(side - 6 for side in frame.margin)
    if min(narrow) >= 0:
        less = CropFrame(size, narrow, 1.0, use_udp)
        assert uncovered_share(less, change_matrices(less, changes), 64) > 0


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(flip_prob=1.5), 'affine_test: flip_prob is 1.5; expected a number from 0 to 1'),
        (dict(rotate_factor=-1), 'rotate_factor is -1; expected a number from 0 on'),
        (dict(scale_factor=(1.2, 0.8)), 'scale_factor .*smaller one first'),
        (dict(rotation_factor=3), "no option 'rotation_factor' .did you mean 'rotate_factor'"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(LandmarkError, match=message):
        RandomAffine.from_config(options, 'affine_test')
