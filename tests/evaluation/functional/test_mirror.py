import numpy as np

from mmlandmark.evaluation.functional.mirror import mirror_difference, sides_exchanged


def test_mirrored_biases_do_not_differ():
    rng = np.random.default_rng(0)
    draws = rng.normal(0, 0.001, (100, 2))
    same = mirror_difference(
        np.array([0.03, 0.02]),
        draws + [0.03, 0.02],
        np.array([-0.03, 0.02]),
        draws * [-1, 1] + [-0.03, 0.02],
    )
    assert same.size < 1e-12
    other = mirror_difference(
        np.array([0.03, 0.02]), draws + [0.03, 0.02], np.array([0.03, 0.02]), draws + [0.03, 0.02]
    )
    assert abs(other.size - 0.06) < 1e-12
    assert other.lower > 0.05


def test_exchanged_sides_are_found_among_unlabelled_points():
    left, right = np.zeros((9, 2)), np.full((9, 2), 50.0)
    left[0] = np.nan
    assert sides_exchanged(left, right, right + 1, left + 1)
    assert not sides_exchanged(left, right, left + 1, right + 1)
    assert not sides_exchanged(left * np.nan, right, left, right)
