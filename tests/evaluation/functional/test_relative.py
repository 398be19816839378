"""MPJPE in three dimensions, in units of a length, and relative to a keypoint."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_equal

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional import higher_is_better, mpjpe

TARGET = np.zeros((1, 5, 3))
PRED = TARGET + [2.0, 3.0, 6.0]
SEEN = np.ones((1, 5))


def random_hands(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    target = rng.uniform(0, 200, (6, 5, 3))
    visible = rng.integers(0, 3, (6, 5))
    visible[:, 0] = 1
    return target + rng.normal(0, 9, target.shape), target, visible


def test_depth_by_hand():
    result = mpjpe(PRED, TARGET, SEEN)
    assert (result.name, result.value, result.unit) == ('MPJPE_3D/pixel', 7.0, 'px')
    assert higher_is_better(result.name) is False
    assert mpjpe(PRED[..., :2], TARGET[..., :2], SEEN).name == 'MPJPE/pixel'


def test_in_units_of_the_picture_the_aspect_ratio_stays():
    target = np.zeros((2, 1, 2))
    pred = np.array([[[0.0, 10.0]], [[10.0, 0.0]]])
    width = np.array([200.0, 200.0])
    result = mpjpe(pred, target, np.ones((2, 1)), normalizer=width, normalizer_name='image_width')
    assert (result.name, result.normalizer, result.unit) == (
        'MPJPE/image_width',
        'image_width',
        'fraction',
    )
    assert_allclose(result.value, 10 / 200)
    assert mpjpe(pred, target, np.ones((2, 1)), normalizer=[np.nan, 5.0]).num_excluded == 1


def test_a_root_takes_a_common_shift_away_and_counts_itself(face5):
    pred = PRED.copy()
    pred[0, 3] += [0.0, 0.0, 5.0]
    result = mpjpe(pred, TARGET, SEEN, schema=face5, root='nose')
    assert result.name == 'MPJPE_3D/nose-relative/pixel' and result.settings == {'root': 'nose'}
    assert higher_is_better(result.name) is False
    assert_allclose(result.value, 5 / 5)
    assert result.per_keypoint['nose'] == 0 and result.num_points == 5
    mouth = mpjpe(pred, TARGET, SEEN, schema=face5, root='nose', keypoints='mouth')
    assert_allclose(mouth.value, 5 / 2)


@pytest.mark.parametrize('seed', range(3))
def test_as_mmpose(seed, face5):
    mmpose = pytest.importorskip('mmpose.evaluation.functional')
    pred, target, visible = random_hands(seed)
    moved = [points - points[:, :1] for points in (pred, target)]
    for root, points in ((None, (pred, target)), ('right_eye', moved)):
        ours = mpjpe(pred, target, visible, schema=face5, root=root)
        assert_allclose(ours.value, mmpose.keypoint_mpjpe(*points, visible > 0))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_a_root_makes_the_place_of_each_prediction_unimportant(seed):
    from mmlandmark.schemas import KeypointSchema

    schema = KeypointSchema(name='five', keypoints=tuple('abcde'))
    pred, target, visible = random_hands(seed)
    shift = np.random.default_rng(seed).normal(0, 50, (6, 1, 3))
    one, other = (
        mpjpe(points, target, visible, schema=schema, root='a') for points in (pred, pred + shift)
    )
    assert_allclose(other.value, one.value)
    spoiled_pred, spoiled_target = pred.copy(), target.copy()
    spoiled_pred[visible == 0], spoiled_target[visible == 0] = np.nan, np.inf
    again = mpjpe(spoiled_pred, spoiled_target, visible, schema=schema, root='a')
    assert_equal(again.to_dict(), one.to_dict())


def test_instances_without_the_root_are_excluded_and_told(face5):
    pred, target, _ = random_hands(0)
    visible, told = np.ones((6, 5)), np.ones((6, 5))
    visible[0] = 0
    visible[1, 2] = 0  # not labelled
    told[2, 2], pred[2, 2] = 0, np.nan  # not given
    target[3, 2, 2] = np.nan  # labelled in the plane only
    target[4, :, 2] = np.nan
    result = mpjpe(pred, target, visible, schema=face5, root='nose', given=told)
    assert result.excluded == {
        'no labelled keypoint': 1,
        'no labelled depth': 1,
        'nose is not labelled': 2,
        'method gives no nose': 1,
    }
    assert result.num_instances == 1 and result.num_points == 5
    assert_allclose(
        result.value, mpjpe(pred[5:], target[5:], SEEN, schema=face5, root='nose').value
    )


def test_a_point_without_depth_is_left_out(face5):
    target = TARGET.copy()
    target[0, 4, 2] = np.nan
    pred = PRED.copy()
    pred[0, 4] = 1000
    result = mpjpe(pred, target, SEEN, schema=face5)
    assert (result.value, result.num_points, result.num_supervised) == (7.0, 4, 4)
    assert np.isnan(result.per_keypoint['left_mouth'])


@pytest.mark.parametrize('what', ['prediction', 'target'])
def test_a_root_that_is_no_number_is_named(what, face5):
    points = {'prediction': PRED.copy(), 'target': TARGET.copy()}
    points[what][0, 2, 1] = np.nan
    with pytest.raises(LandmarkError, match=rf"{what} of sample 0 \(annotation 9\).*'nose'"):
        mpjpe(*points.values(), SEEN, schema=face5, root='nose', ids=[9])


def test_what_a_root_needs(face5):
    with pytest.raises(LandmarkError, match="relative to 'nose' need a schema"):
        mpjpe(PRED, TARGET, SEEN, root='nose')
    with pytest.raises(LandmarkError, match="'nosee'.*did you mean 'nose'"):
        mpjpe(PRED, TARGET, SEEN, root='nosee', schema=face5)
    with pytest.raises(LandmarkError, match='do not fit'):
        mpjpe(PRED[..., :2], TARGET, SEEN)
    with pytest.raises(LandmarkError, match=r'expected \(N, K, 2\) or \(N, K, 3\)'):
        mpjpe(PRED[..., :1], TARGET[..., :1], SEEN)
