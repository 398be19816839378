from __future__ import annotations

import pytest

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import KeypointSchema, get_schema, region_groups
from mmlandmark.schemas.region_groups import both_sides

DOG = get_schema('dogflw46')


def test_both_sides_of_a_dog():
    assert both_sides(DOG) == {
        'eyes': ('right_eye', 'left_eye'),
        'ears': ('right_ear', 'left_ear'),
    }


def test_groups_are_positions_of_names():
    groups = region_groups(DOG, ['eyes', 'right_brow'])
    assert sorted(groups['eyes'].tolist()) == list(range(16, 24))
    assert groups['right_brow'].tolist() == [14]
    assert list(region_groups(DOG)) == list(DOG.regions)


def test_own_groups_go_first():
    own = {'nose': ['nose_top', 'eyes'], 'lip': ['upper_lip_mid']}
    assert list(region_groups(DOG, own=own)) == ['nose', 'lip']
    groups = region_groups(DOG, ['nose', 'forehead'], own)
    assert groups['nose'].tolist() == [25, 16, 18, 20, 22, 17, 19, 21, 23]
    assert set(groups['forehead'].tolist()) == set(DOG.indices('forehead').tolist())


def test_unknown_names_are_told():
    with pytest.raises(LandmarkError, match=r"no region 'eyess' \(did you mean 'eyes'\?\)"):
        region_groups(DOG, ['eyess'])


def test_a_schema_without_regions():
    with pytest.raises(LandmarkError, match="'two' has no regions"):
        region_groups(KeypointSchema('two', ('a', 'b')))
