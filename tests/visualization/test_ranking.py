"""Choice of instances by their errors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mmlandmark.errors import LandmarkError
from mmlandmark.visualization.ranking import (
    instance_errors,
    spread_over_ranks,
    worst_median_best,
)

ERRORS = arrays(np.float64, st.integers(1, 40), elements=st.floats(0, 10) | st.just(np.nan))


def test_errors_count_only_what_is_labelled_and_given():
    target = np.zeros((3, 2, 2))
    predicted = np.array([[[3, 4], [1e9, 0]], [[3, 4], [6, 8]], [[1, 1], [1, 1.0]]])
    counted = np.array([[True, False], [True, True], [False, False]])
    boxes = np.array([[0, 0, 10, 5]] * 3, dtype=float)
    np.testing.assert_allclose(
        instance_errors(predicted, target, counted, boxes), [0.5, 0.75, np.nan]
    )


def test_a_nan_in_an_uncounted_point_and_a_box_without_size():
    predicted = np.array([[[3, 4], [np.nan, 0]]] * 2)
    counted = np.array([[True, False]] * 2)
    boxes = np.array([[0, 0, 10, 5], [7, 7, 7, 7]], dtype=float)
    errors = instance_errors(predicted, np.zeros((2, 2, 2)), counted, boxes)
    assert errors[0] == 0.5 and np.isnan(errors[1])


@settings(max_examples=50, deadline=None)
@given(ERRORS, st.integers(1, 12))
def test_a_spread_goes_from_the_best_to_the_worst(errors, count):
    chosen = spread_over_ranks(errors, count)
    finite = np.flatnonzero(np.isfinite(errors))
    assert len(chosen) == len(set(chosen.tolist())) == min(count, len(finite))
    assert (np.diff(errors[chosen]) >= 0).all()
    if count > 1 and len(finite) > 1:
        assert errors[chosen[0]] == errors[finite].min()
        assert errors[chosen[-1]] == errors[finite].max()


@settings(max_examples=50, deadline=None)
@given(ERRORS, st.integers(1, 5))
def test_worst_median_and_best_do_not_overlap(errors, each):
    kinds = worst_median_best(errors, each)
    assert list(kinds) == ['worst', 'median', 'best']
    chosen = np.concatenate(list(kinds.values()))
    assert len(chosen) == len(set(chosen.tolist())) and np.isfinite(errors[chosen]).all()
    if len(kinds['worst']):
        assert errors[kinds['worst'][0]] == np.nanmax(errors)
        assert errors[kinds['best'][0]] == np.nanmin(errors)
        assert errors[kinds['best']].max() <= errors[kinds['median']].min()


def test_none_asked_for():
    with pytest.raises(LandmarkError, match='at least 1'):
        spread_over_ranks(np.ones(3), 0)
