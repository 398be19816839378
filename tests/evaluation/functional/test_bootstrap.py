import numpy as np

from mmlandmark.evaluation.functional.bootstrap import (
    bootstrap_center,
    group_codes,
    resample_counts,
)
from mmlandmark.evaluation.functional.robust_center import trimmed_mean


def test_codes_of_any_kind():
    assert group_codes(['b', 'a', 'b', 7]).tolist() == [0, 1, 0, 2]


def test_draws_are_complete_and_repeat_with_the_seed():
    counts = resample_counts(40, 25, seed=3)
    assert (counts.sum(axis=1) == 40).all()
    assert (counts == resample_counts(40, 25, seed=3)).all()
    assert (counts != resample_counts(40, 25, seed=4)).any()


def test_equals_trimmed_means_of_repeated_people():
    rng = np.random.default_rng(0)
    vectors, groups = rng.normal(size=(60, 2)), rng.integers(0, 20, 60)
    vectors[5] = np.nan
    counts = resample_counts(20, 9)
    found = bootstrap_center(vectors, groups, counts)
    for row, draw in zip(found, counts, strict=True):
        people = np.repeat(np.arange(60), draw[groups])
        expected = [trimmed_mean(v)[0] for v in vectors[people].T]
        np.testing.assert_allclose(row, expected)


def covered(groups_of_draws, trials=150, images=60, people=8):
    """How often a 95 % interval holds the truth where people of one image err together."""
    hits = 0
    for seed in range(trials):
        rng = np.random.default_rng(seed)
        together = np.repeat(rng.normal(size=images), people)
        values = together + rng.normal(0, 0.5, images * people)
        groups = groups_of_draws(images, people)
        counts = resample_counts(int(groups.max()) + 1, 200, seed)
        draws = bootstrap_center(values[:, None], groups, counts)[:, 0]
        low, high = np.quantile(draws, [0.025, 0.975])
        hits += low <= 0 <= high
    return hits / trials


def test_intervals_by_image_cover_and_those_by_person_do_not():
    assert covered(lambda images, people: np.repeat(np.arange(images), people)) > 0.88
    assert covered(lambda images, people: np.arange(images * people)) < 0.7
