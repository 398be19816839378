from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_equal

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional import mpjpe, nme

# Three instances, two points; distances 5, 2 | 10, (unlabelled) | 1, 1.
TARGET = np.zeros((3, 2, 2))
PRED = np.array([[[3.0, 4.0], [0.0, 2.0]], [[6.0, 8.0], [0.0, 0.0]], [[0.0, 1.0], [1.0, 0.0]]])
VISIBLE = np.array([[2, 1], [2, 0], [1, 1]])
LENGTH = np.array([10.0, 20.0, np.nan])


def test_nme_hand_worked():
    result = nme(PRED, TARGET, VISIBLE, LENGTH, normalizer_name='eyes')
    # instance means .35 and .5; points .5, .2, .5; keypoints (.5 + .5) / 2 and .2
    assert_allclose(result.value, (0.35 + 0.5) / 2)
    assert_allclose(result.averages['points'], (0.5 + 0.2 + 0.5) / 3)
    assert_allclose(result.averages['keypoints'], (0.5 + 0.2) / 2)
    assert result.name == 'NME/eyes' and result.normalizer == 'eyes'
    assert (result.num_instances, result.num_points, result.num_supervised) == (2, 3, 3)
    assert result.excluded == {'eyes cannot be measured': 1} and result.num_excluded == 1
    assert_allclose(list(result.per_keypoint.values()), [0.5, 0.2])
    assert list(result.per_keypoint_points.values()) == [2, 1]


def test_mpjpe_hand_worked():
    result = mpjpe(PRED, TARGET, VISIBLE)
    assert_allclose(result.value, (5 + 2 + 10 + 1 + 1) / 5)
    assert_allclose(result.averages['instances'], (3.5 + 10 + 1) / 3)
    assert (result.unit, result.normalizer, result.name) == ('px', 'pixel', 'MPJPE/pixel')


def test_scale_is_the_unit():
    result = nme(PRED, TARGET, VISIBLE, LENGTH, scale=100)
    assert_allclose(result.value, 42.5)
    assert result.unit == 'x100' and result.settings == {'scale': 100}


def test_every_reason_for_exclusion():
    visible = np.array([[0, 0], [1, 1], [1, 1], [1, 1]])
    given_ = np.array([[1, 1], [1, 1], [1, 1], [0, 0]])
    points = np.zeros((4, 2, 2))
    length = np.array([1.0, 0.0, np.nan, 1.0])
    result = nme(points, points, visible, length, normalizer_name='eyes', given=given_)
    assert result.excluded == {
        'no labelled keypoint': 1,
        'eyes cannot be measured': 1,
        'eyes is not positive': 1,
        'method gives no labelled keypoint': 1,
    }
    assert result.num_excluded == 4 and result.num_instances == 0


def test_nothing_counted_is_nan_and_strict_json():
    result = nme(PRED, TARGET, np.zeros((3, 2)), LENGTH)
    assert np.isnan(result.value) and np.isnan(result.coverage)
    content = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert content['value'] is None and set(content['per_keypoint'].values()) == {None}


def test_a_point_not_given_is_left_out_and_told():
    given_ = np.array([[1, 0], [1, 1], [1, 1]])
    pred = PRED.copy()
    pred[0, 1] = np.nan
    result = mpjpe(pred, TARGET, VISIBLE, given=given_)
    assert_allclose(result.value, (5 + 10 + 1 + 1) / 4)
    assert_allclose(result.coverage, 4 / 5)
    assert (result.num_points, result.num_supervised) == (4, 5)


def test_subset_equals_region(labelled, face5):
    arguments = (labelled.pred, labelled.target, labelled.visible, labelled.head_size)
    whole = nme(*arguments, schema=face5)
    for region in ('eyes', 'mouth'):
        part = nme(*arguments, schema=face5, keypoints=region)
        assert_allclose(part.value, whole.per_region[region])
        assert set(part.per_keypoint) == set(face5.regions[region])
    named = nme(*arguments, schema=face5, keypoints=['left_eye', 'right_eye'])
    assert_allclose(named.value, whole.per_region['eyes'])


def test_subset_needs_names(labelled, face5):
    arguments = (labelled.pred, labelled.target, labelled.visible, labelled.head_size)
    with pytest.raises(LandmarkError, match='no schema'):
        nme(*arguments, keypoints='eyes')
    with pytest.raises(LandmarkError, match="did you mean 'mouth'"):
        nme(*arguments, schema=face5, keypoints='mouh')


def test_supervised_nan_is_refused(labelled, face5):
    labelled.pred[4, 2] = np.nan
    labelled.visible[4, 2] = 2
    with pytest.raises(LandmarkError, match="sample 4.*'nose'"):
        mpjpe(labelled.pred, labelled.target, labelled.visible, schema=face5)


@pytest.mark.parametrize('length', [np.nan, 0.0])
def test_nan_is_refused_in_an_instance_that_is_excluded_as_well(labelled, face5, length):
    arguments = (labelled.target, labelled.visible, labelled.head_size)
    labelled.head_size[4], labelled.visible[4, 2] = length, 2
    nme(labelled.pred, *arguments, schema=face5)
    labelled.pred[4, 2] = np.nan
    with pytest.raises(LandmarkError, match="prediction of sample 4.*'nose'"):
        nme(labelled.pred, *arguments, schema=face5)
    given = np.ones(labelled.visible.shape)
    given[4, 2] = 0
    nme(labelled.pred, *arguments, schema=face5, given=given)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_unlabelled_points_influence_nothing(seed):
    rng = np.random.default_rng(seed)
    pred, target = rng.normal(0, 9, (2, 6, 4, 2))
    visible = rng.integers(0, 3, (6, 4))
    length = rng.uniform(1, 5, 6)
    spoiled_pred, spoiled_target = pred.copy(), target.copy()
    spoiled_pred[visible == 0], spoiled_target[visible == 0] = 1e9, np.nan
    clean = nme(pred, target, visible, length).to_dict()
    assert_equal(nme(spoiled_pred, spoiled_target, visible, length).to_dict(), clean)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 10))
def test_normalised_error_does_not_depend_on_the_image_scale(seed, factor):
    rng = np.random.default_rng(seed)
    pred, target = rng.normal(0, 9, (2, 6, 4, 2))
    visible, length = rng.integers(0, 3, (6, 4)), rng.uniform(1, 5, 6)
    scaled = nme(pred * factor, target * factor, visible, length * factor)
    assert_allclose(scaled.value, nme(pred, target, visible, length).value)
