import numpy as np

from mmlandmark.evaluation.functional.bootstrap import bootstrap_center, resample_counts
from mmlandmark.evaluation.functional.equivalence import bounded_bias
from mmlandmark.evaluation.functional.robust_center import trimmed_mean


def bound(truth, seed, count=150):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(0, 0.15, (count, 2)) + truth
    centre = np.concatenate([trimmed_mean(v) for v in vectors.T])
    draws = bootstrap_center(vectors, np.arange(count), resample_counts(count, 300, seed))
    return bounded_bias('body', centre, draws)


def test_a_bias_at_the_tolerance_is_seldom_called_equivalent():
    truth = 0.1 * np.array([np.cos(0.7), np.sin(0.7)])
    wrong = np.mean([bound(truth, seed).upper < 0.1 for seed in range(200)])
    assert 0.005 < wrong < 0.11


def test_well_inside_and_well_outside_are_told():
    assert np.mean([bound(np.array([0.05, 0.0]), seed).upper < 0.1 for seed in range(30)]) > 0.9
    assert np.mean([bound(np.array([0.16, 0.0]), seed).lower > 0.1 for seed in range(30)]) > 0.9


def test_bounds_enclose_the_bias():
    found = bound(np.array([0.03, -0.04]), 5)
    assert found.lower < found.size < found.upper
    assert (found.interval[:, 0] < found.vector).all()
    assert (found.vector < found.interval[:, 1]).all()


def test_nothing_known_is_bounded_by_nothing():
    found = bounded_bias('body', np.full(2, np.nan), np.full((4, 2), np.nan))
    assert found.upper == np.inf
    assert found.lower == 0
    assert np.isnan(found.interval).all()
