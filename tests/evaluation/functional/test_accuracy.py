from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional import auc, pck

# Distances over the length: .5, .2 | .5, (unlabelled) | excluded by its length.
TARGET = np.zeros((3, 2, 2))
PRED = np.array([[[3.0, 4.0], [0.0, 2.0]], [[6.0, 8.0], [0.0, 0.0]], [[0.0, 1.0], [1.0, 0.0]]])
VISIBLE = np.array([[2, 1], [2, 0], [1, 1]])
LENGTH = np.array([10.0, 20.0, 0.0])


@pytest.mark.parametrize(
    ('threshold', 'by_keypoint', 'value', 'micro'),
    [
        (0.1, [0, 0], 0, 0),
        (0.3, [0, 1], 0.5, 1 / 3),
        (0.5, [0, 1], 0.5, 1 / 3),  # strict: .5 is not under .5
        (0.6, [1, 1], 1, 1),
    ],
)
def test_pck_hand_worked(threshold, by_keypoint, value, micro):
    result = pck(PRED, TARGET, VISIBLE, LENGTH, threshold, normalizer_name='head_size')
    assert list(result.per_keypoint.values()) == by_keypoint
    assert_allclose([result.value, result.averages['points']], [value, micro])
    assert result.name == f'PCK/head_size@{threshold:g}'
    assert result.excluded == {'head_size is not positive': 1}
    assert (result.num_points, result.num_instances) == (3, 2)


def test_auc_hand_worked():
    # thresholds 0, .25, .5, .75; hits of keypoint 0 (.5, .5): 1 of 4, of keypoint 1 (.2): 3 of 4
    result = auc(PRED, TARGET, VISIBLE, LENGTH, steps=4)
    assert list(result.per_keypoint.values()) == [0.25, 0.75]
    assert_allclose(result.value, 0.5)
    assert result.name == 'AUC/normalizer'
    assert auc(PRED, TARGET, VISIBLE, LENGTH, max_threshold=0.5).name == 'AUC/normalizer@0.5'


def test_auc_of_a_perfect_prediction_misses_only_threshold_zero():
    result = auc(TARGET, TARGET, VISIBLE, np.ones(3), steps=20)
    assert_allclose(result.value, 1 - 1 / 20)


@pytest.mark.parametrize('arguments', [{'steps': 0}, {'max_threshold': 0}])
def test_auc_needs_a_range(arguments):
    with pytest.raises(LandmarkError, match='range'):
        auc(PRED, TARGET, VISIBLE, LENGTH, **arguments)


def test_a_point_not_given_is_a_miss():
    given_ = np.array([[0, 1], [1, 1], [1, 1]])
    pred = TARGET.copy()
    pred[0, 0] = np.nan
    for result in (
        pck(pred, TARGET, VISIBLE, np.ones(3), 0.1, given=given_),
        auc(pred, TARGET, VISIBLE, np.ones(3), steps=2, given=given_),
    ):
        assert_allclose(result.coverage, 4 / 5)
        assert result.num_points == 5
        first, second = result.per_keypoint.values()
        assert_allclose(first, second * 2 / 3)


def test_keypoint_without_labels_is_nan_and_not_in_the_mean():
    result = pck(PRED, TARGET, np.array([[2, 0]] * 3), np.full(3, 100.0), 0.2)
    first, second = result.per_keypoint.values()
    assert first == 1 and np.isnan(second)
    assert result.value == 1


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_pck_grows_with_its_threshold_and_auc_is_its_mean(seed):
    rng = np.random.default_rng(seed)
    pred, target = rng.normal(0, 9, (2, 8, 4, 2))
    visible, length = rng.integers(0, 3, (8, 4)), rng.uniform(5, 50, 8)
    curve = [pck(pred, target, visible, length, i / 10).value for i in range(10)]
    if not np.isnan(curve).any():
        assert (np.diff(curve) >= 0).all()
    assert_allclose(auc(pred, target, visible, length, steps=10).value, np.mean(curve))
