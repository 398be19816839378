import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlandmark.annotations.face_splits import face_groups, split_faces
from mmlandmark.errors import LandmarkError


def test_breeds_and_subjects_come_from_names():
    assert face_groups(['n02085620_1_2', 'n02085620_77', 'x'], 'breed') == [
        'n02085620',
        'n02085620',
        'x',
    ]
    assert face_groups(
        ['CAT_00_00000001_000', 'CAT_00_00000001_001', '00000002_010'], 'subject'
    ) == [
        'CAT_00_00000001',
        'CAT_00_00000001',
        '00000002',
    ]
    with pytest.raises(LandmarkError, match=r"unknown group 'bred' \(did you mean 'breed'"):
        face_groups(['a_1'], 'bred')


def split(parts, groups, val=0.2, test=None, seed=0):
    return split_faces(parts, groups, val_fraction=val, test_fraction=test, seed=seed)


@given(st.integers(0, 10**6), st.booleans())
@settings(max_examples=30, deadline=None)
def test_every_face_is_in_one_part_and_every_group_too(seed, official):
    rng = np.random.default_rng(seed)
    groups = [f'g{number}' for number in rng.integers(0, 30, 300)]
    parts = rng.choice(['train', 'test'], 300).tolist() if official else [''] * 300
    result = split(parts, groups, seed=seed)
    assert list(result) == ['train', 'val', 'test']
    assert sorted(np.concatenate(list(result.values())).tolist()) == list(range(300))
    of = {part: {groups[row] for row in rows} for part, rows in result.items()}
    assert not of['train'] & of['val']
    if official:
        assert result['test'].tolist() == [row for row in range(300) if parts[row] == 'test']
    else:
        assert not of['test'] & (of['train'] | of['val'])


def test_the_split_goes_by_seed_and_not_by_order():
    groups = [f'g{number // 5}' for number in range(200)]
    first = split([''] * 200, groups)
    back = split([''] * 200, groups[::-1])
    assert {groups[row] for row in first['val']} == {groups[::-1][row] for row in back['val']}
    other = split([''] * 200, groups, seed=1)
    assert {groups[row] for row in first['val']} != {groups[row] for row in other['val']}
    assert 30 <= len(first['val']) <= 50 and 10 <= len(first['test']) <= 30


def test_fractions_of_zero_leave_a_part_out():
    groups = ['a', 'b', 'c', 'd']
    assert list(split(['train'] * 3 + ['test'], groups, val=0)) == ['train', 'test']
    assert list(split([''] * 4, groups, val=0, test=0)) == ['train']
    assert list(split(['test'] * 4, groups)) == ['test']


@pytest.mark.parametrize(
    ('parts', 'options', 'message'),
    [
        (['train', 'test'], {'test': 0.1}, 'has an official test part'),
        (['', ''], {'val': 1}, 'val fraction is 1; expected 0 to below 1'),
        (['', ''], {'test': -0.1}, 'test fraction is -0.1'),
        (['', ''], {'val': float('nan')}, 'val fraction is nan'),
        (['', ''], {'val': 0.5, 'test': 0.5}, 'leave nothing for training'),
        (['train', 'train'], {'val': 0.1}, "part 'val' of the split is empty: 1 groups"),
    ],
)
def test_what_cannot_be_split_is_one_line(parts, options, message):
    with pytest.raises(LandmarkError, match=message):
        split(parts, ['a', 'a'], **options)
