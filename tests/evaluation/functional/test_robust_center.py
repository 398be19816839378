import numpy as np
import pytest
from scipy import stats

from mmlandmark.evaluation.functional.robust_center import robust_spread, trimmed_mean


def test_equals_scipy_where_the_cut_falls_between_values():
    values = np.random.default_rng(0).standard_t(2, 500)
    np.testing.assert_allclose(trimmed_mean(values), stats.trim_mean(values, 0.2))
    np.testing.assert_allclose(trimmed_mean(values, trim=0.0), values.mean())


def test_weights_are_repetitions():
    rng = np.random.default_rng(1)
    values, counts = rng.normal(size=57), rng.integers(0, 4, (6, 57))
    expected = [trimmed_mean(np.repeat(values, row))[0] for row in counts]
    np.testing.assert_allclose(trimmed_mean(values, counts), expected)


def test_nan_has_no_say_and_nothing_gives_nan():
    values = np.array([1.0, np.nan, 3.0])
    assert trimmed_mean(values)[0] == pytest.approx(2.0)
    assert np.isnan(trimmed_mean(np.full(3, np.nan))[0])
    assert np.isnan(trimmed_mean(np.ones(2), np.zeros((1, 2)))[0])


def test_gross_errors_hardly_move_it():
    values = np.concatenate([np.random.default_rng(2).normal(0, 1, 900), np.full(100, 1e6)])
    assert abs(trimmed_mean(values)[0]) < 0.3


def test_spread_is_the_standard_deviation_of_a_coordinate():
    vectors = np.random.default_rng(3).normal(0, 2.0, (20000, 2))
    vectors[:500] = 1e5
    assert robust_spread(vectors) == pytest.approx(2.0, rel=0.05)
    assert np.isnan(robust_spread(np.full((3, 2), np.nan)))
