from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mmlandmark.datasets.samplers.shares import EpochPlan, batch_counts, cycled
from mmlandmark.errors import LandmarkError


@st.composite
def plans(draw):
    names = [f'set{i}' for i in range(draw(st.integers(1, 4)))]
    sizes = {name: draw(st.integers(1, 60)) for name in names}
    counts = {name: draw(st.integers(1, 5)) for name in names}
    try:
        return EpochPlan(sizes, counts, draw(st.integers(1, 3)))
    except LandmarkError:
        assume(False)


def epoch_of(plan, epoch, seed=0):
    """The samples of every process: a list of batches, each a list of (data set, number)."""
    starts = np.cumsum([0, *plan.sizes.values()])
    names = list(plan.sizes)
    batch = sum(plan.counts.values())
    ranks = []
    for rank in range(plan.world_size):
        taken = plan.indices(epoch, rank, seed)
        assert len(taken) == plan.length(rank)
        of = np.searchsorted(starts, taken, side='right') - 1
        pairs = [(names[k], int(i - starts[k])) for k, i in zip(of, taken, strict=True)]
        ranks.append([pairs[i : i + batch] for i in range(0, len(pairs), batch)])
    return ranks


@settings(max_examples=60, deadline=None)
@given(plans(), st.integers(0, 5))
def test_the_largest_set_is_seen_exactly_once_over_all_processes(plan, epoch):
    ranks = epoch_of(plan, epoch)
    seen = [
        i for batches in ranks for batch in batches for name, i in batch if name == plan.largest
    ]
    assert sorted(seen) == list(range(plan.sizes[plan.largest]))


@settings(max_examples=60, deadline=None)
@given(plans(), st.integers(0, 5))
def test_full_batches_have_the_shares_and_all_processes_take_as_many_steps(plan, epoch):
    ranks = epoch_of(plan, epoch)
    steps = {len(batches) for batches in ranks}
    assert len(steps) == 1
    for batches in ranks:
        for batch in batches[: plan.full_batches]:
            assert Counter(name for name, _ in batch) == plan.counts
        for batch in batches[plan.full_batches :]:
            found = Counter(name for name, _ in batch)
            assert 0 < len(batch) <= sum(plan.counts.values())
            assert all(found[name] <= plan.counts[name] for name in plan.counts)


@settings(max_examples=40, deadline=None)
@given(plans(), st.integers(1, 6))
def test_smaller_sets_are_seen_equally_often_after_any_number_of_epochs(plan, epochs):
    seen = {name: np.zeros(size, dtype=int) for name, size in plan.sizes.items()}
    for epoch in range(epochs):
        for batches in epoch_of(plan, epoch):
            for batch in batches:
                for name, i in batch:
                    seen[name][i] += 1
    for name, counts in seen.items():
        assert np.ptp(counts) <= 1, name
        assert counts.sum() == epochs * plan.used[name]


def test_processes_together_take_what_one_takes_in_batches_as_large():
    sizes = {'a': 101, 'b': 13}
    one = EpochPlan(sizes, {'a': 8, 'b': 4}, 1)
    two = EpochPlan(sizes, {'a': 4, 'b': 2}, 2)
    alone, (first, second) = epoch_of(one, 2)[0], epoch_of(two, 2)
    for whole, left, right in zip(alone, first, second, strict=True):
        for name in sizes:
            together = [i for n, i in left + right if n == name]
            if len(whole) == 12:
                assert [i for n, i in whole if n == name] == together


def test_epochs_and_seeds_differ_and_the_same_ones_agree():
    plan = EpochPlan({'a': 50, 'b': 20}, {'a': 3, 'b': 2}, 2)
    first = plan.indices(3, 1, 0)
    np.testing.assert_array_equal(first, EpochPlan(plan.sizes, plan.counts, 2).indices(3, 1, 0))
    for other in (plan.indices(4, 1, 0), plan.indices(3, 1, 1), plan.indices(3, 0, 0)):
        assert other.tolist() != first.tolist()


def test_data_sets_of_one_size_are_shuffled_differently():
    assert cycled(40, 0, 40, 0, 'a').tolist() != cycled(40, 0, 40, 0, 'b').tolist()


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 5000), st.integers(0, 9000), st.integers(0, 9000))
def test_a_piece_of_the_endless_row_does_not_hang_on_where_it_is_cut(size, one, two):
    start, stop = sorted((one, two))
    row = cycled(size, 0, stop, 7, 'x')
    np.testing.assert_array_equal(cycled(size, start, stop, 7, 'x'), row[start:])
    for cycle in range(stop // size):
        assert len(set(row[cycle * size : (cycle + 1) * size].tolist())) == size


def test_cycles_of_a_small_set_are_shuffled_anew():
    rows = cycled(6, 0, 6 * 1000, 0, 'x').reshape(1000, 6)
    assert len({tuple(row) for row in rows.tolist()}) > 500
    assert abs(rows.mean(axis=0) - 2.5).max() < 0.2


@pytest.mark.parametrize(
    ('batch', 'shares', 'expected'),
    [
        (64, {'a': 2, 'b': 1}, {'a': 43, 'b': 21}),
        (3, {'a': 1, 'b': 1}, {'a': 2, 'b': 1}),
        (10, {'a': 0.1, 'b': 0.9}, {'a': 1, 'b': 9}),
        (7, {'b': 1.5, 'a': 2.0}, {'a': 4, 'b': 3}),
        (2, {'a': 30, 'b': 1000}, None),
    ],
)
def test_a_batch_is_divided_by_largest_remainder(batch, shares, expected):
    sizes = {'a': 5, 'b': 9}
    if expected is None:
        with pytest.raises(LandmarkError, match="share 30 of data set 'a' is 0.06 samples"):
            batch_counts(batch, shares, sizes)
    else:
        assert batch_counts(batch, shares, sizes) == expected


@pytest.mark.parametrize(
    ('batch', 'shares', 'sizes', 'message'),
    [
        (8, {'a': 0, 'b': 1}, {'a': 5, 'b': 5}, "share of data set 'a' is 0; expected"),
        (8, {'a': -1, 'b': 1}, {'a': 5, 'b': 5}, "share of data set 'a' is -1"),
        (8, {'a': float('nan'), 'b': 1}, {'a': 5, 'b': 5}, "share of data set 'a' is nan"),
        (8, {'a': float('inf'), 'b': 1}, {'a': 5, 'b': 5}, "share of data set 'a' is inf"),
        (8, {'a': True, 'b': 1}, {'a': 5, 'b': 5}, "share of data set 'a' is True"),
        (8, {'a': '2', 'b': 1}, {'a': 5, 'b': 5}, "share of data set 'a' is '2'"),
        (8, {'a': 1}, {'a': 5, 'b': 5}, "data set 'b' has none"),
        (8, {'coco': 1, 'mpi': 1}, {'coco': 5, 'mpii': 5}, "'mpi' .did you mean 'mpii'"),
        (8, [1, 1], {'a': 5, 'b': 5}, r'expected dict\(a='),
        (8, {'a': 1, 'b': 1}, {'a': 5, 'b': 0}, "data set 'b' has no samples"),
        (0, {'a': 1}, {'a': 5}, 'batch_size is 0'),
        (2.0, {'a': 1}, {'a': 5}, 'batch_size is 2.0'),
    ],
)
def test_shares_that_cannot_be_kept_are_refused(batch, shares, sizes, message):
    with pytest.raises(LandmarkError, match=message):
        batch_counts(batch, shares, sizes)


def test_a_process_never_stands_idle_in_the_last_batch():
    plan = EpochPlan({'a': 13, 'b': 4}, {'a': 2, 'b': 1}, 3)  # one sample is left for three
    assert plan.tail.tolist() == [[1, 1], [0, 1], [0, 1]]
    with pytest.raises(LandmarkError, match='leave 1 for the last batch of 3 processes'):
        EpochPlan({'a': 13}, {'a': 2}, 3)
