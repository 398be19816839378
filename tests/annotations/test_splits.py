import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlandmark.annotations.splits import split_groups
from mmlandmark.errors import LandmarkError

RATIOS = {'train': 0.7, 'val': 0.2, 'test': 0.1}


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 9))
def test_a_split_is_disjoint_by_group_whole_and_independent_of_order(chance, seed):
    rng = np.random.default_rng(chance)
    groups = rng.integers(0, 60, 200).tolist()
    parts = split_groups(groups, RATIOS, seed)
    assert sorted(np.concatenate(list(parts.values())).tolist()) == list(range(len(groups)))
    members = {part: {groups[i] for i in entries} for part, entries in parts.items()}
    assert sum(map(len, members.values())) == len(set(groups))
    order = rng.permutation(len(groups)).tolist()
    again = split_groups([groups[i] for i in order], RATIOS, seed)
    assert {p: {groups[order[i]] for i in e} for p, e in again.items()} == members


def test_parts_have_the_share_that_is_asked_for():
    parts = split_groups(list(range(1000)), RATIOS, 0)
    assert {part: len(entries) for part, entries in parts.items()} == {
        'train': 700,
        'val': 200,
        'test': 100,
    }


def test_another_seed_is_another_split():
    one, two = (split_groups(list(range(100)), RATIOS, seed)['test'] for seed in (0, 1))
    assert set(one) != set(two)


@pytest.mark.parametrize(
    ('groups', 'ratios', 'said'),
    [
        ([1, 1, 1], {'train': 0.9, 'val': 0.1}, 'part .* of the split is empty'),
        ([], {'train': 1.0}, "part 'train' of the split is empty"),
        ([1, 2], {'train': 0.5, 'vall': 0.5}, r"'vall' .* \(did you mean 'val'\?\)"),
        ([1, 2], {'train': 0.5, 'val': 0.4}, 'sum to 0.9'),
        ([1, 2], {'train': 1.0, 'val': 0.0}, "ratio of part 'val'"),
    ],
)
def test_bad_splits_are_refused(groups, ratios, said):
    with pytest.raises(LandmarkError, match=said):
        split_groups(groups, ratios)
