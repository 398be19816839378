from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional import keypoint_distances


def test_hand_worked():
    target = np.array([[[0.0, 0.0], [10.0, 10.0]]])
    pred = np.array([[[3.0, 4.0], [10.0, 12.0]]])
    assert keypoint_distances(pred, target, np.ones((1, 2))).tolist() == [[5.0, 2.0]]


def test_masked_is_nan_whatever_lies_there():
    target = np.array([[[0.0, 0.0], [np.nan, 1.0]], [[np.inf, 0.0], [1.0, 1.0]]])
    pred = np.array([[[3.0, 4.0], [np.nan, np.nan]], [[0.0, np.nan], [1.0, 1.0]]])
    distances = keypoint_distances(pred, target, np.array([[2, 0], [0, 1]]))
    np.testing.assert_array_equal(distances, [[5.0, np.nan], [np.nan, 0.0]])


@pytest.mark.parametrize('what', ['prediction', 'target'])
def test_supervised_nan_is_named(what):
    points = {'prediction': np.zeros((3, 2, 2)), 'target': np.zeros((3, 2, 2))}
    points[what][1, 1, 0] = np.nan
    with pytest.raises(LandmarkError) as error:
        keypoint_distances(
            points['prediction'], points['target'], np.ones((3, 2)), names=['a', 'b'], ids=[7, 8, 9]
        )
    message = str(error.value)
    assert '\n' not in message
    for part in (what, 'sample 1', 'annotation 8', "keypoint 1 ('b')", 'nan'):
        assert part in message


@pytest.mark.parametrize('shapes', [((2, 3, 2), (2, 4, 2), (2, 3)), ((2, 3), (2, 3), (2, 3))])
def test_shapes_that_do_not_fit(shapes):
    with pytest.raises(LandmarkError, match='expected'):
        keypoint_distances(*(np.zeros(shape) for shape in shapes))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 6.3), st.floats(-100, 100))
def test_unchanged_by_rotation_and_translation(seed, angle, shift):
    rng = np.random.default_rng(seed)
    pred, target = rng.normal(0, 50, (2, 4, 3, 2))
    mask = rng.random((4, 3)) > 0.3
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = keypoint_distances(pred @ turn + shift, target @ turn + shift, mask)
    np.testing.assert_allclose(moved, keypoint_distances(pred, target, mask), atol=1e-9)
