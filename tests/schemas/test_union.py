"""SchemaUnion: flips that commute, round trips, and what it refuses."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlandmark.errors import LandmarkError
from mmlandmark.geometry import flip_points, flip_visible
from mmlandmark.schemas import UNION, KeypointSchema, SchemaUnion, get_schema

from .strategies import keypoints, schemas

SIDES = tuple((f'left_{part}', f'right_{part}') for part in 'abcd')
MIDDLE = ('nose', 'neck', 'tail')
ONE = KeypointSchema('one', ['nose', 'left_a', 'right_a'], [('left_a', 'right_a')])
TWO = KeypointSchema('two', ['right_a', 'left_a', 'neck'], [('left_a', 'right_a')])


@st.composite
def members(draw: st.DrawFn, name: str) -> KeypointSchema:
    """A schema of some common names, both sides of a pair or none, in any order."""
    pairs = draw(st.lists(st.sampled_from(SIDES), unique=True))
    middle = draw(st.lists(st.sampled_from(MIDDLE), min_size=1, unique=True))
    names = draw(st.permutations([n for pair in pairs for n in pair] + middle))
    return KeypointSchema(name, names, pairs, [(names[0], names[-1])] if len(names) > 1 else [])


@st.composite
def unions(draw: st.DrawFn) -> SchemaUnion:
    """Members that share names, merged in any of the ways, in any channel order."""
    count = draw(st.integers(1, 4))
    parts = [draw(members(f'm{i}')) for i in range(count)]
    parts += [replace(draw(schemas()), name='odd')] if draw(st.booleans()) else []
    merge, merges = draw(st.sampled_from(['names', 'none'])), {}
    if draw(st.booleans()):  # apart from whatever the others do, on both sides
        for one, two in parts[0].swaps:
            merges |= {f'own {one}': f'm0.{one}', f'own {two}': f'm0.{two}'}
    union = SchemaUnion.build(*parts, merge=merge, merges=merges)
    order = draw(st.permutations(union.schema.keypoints)) if draw(st.booleans()) else None
    return SchemaUnion.build(*parts, merge=merge, merges=merges, order=order)


@settings(max_examples=40, deadline=None)
@given(unions(), st.integers(0, 2**32 - 1))
def test_flips_commute_with_unions(union: SchemaUnion, seed: int) -> None:
    points, visible = keypoints(union.schema, seed)
    flip = union.schema.flip_indices
    assert (flip[flip] == np.arange(union.num_channels)).all()
    for member in union.members:
        whole = union.gather(member.name, flip_points(points, flip), flip_visible(visible, flip))
        own = union.gather(member.name, points, visible)
        partner = member.flip_indices
        np.testing.assert_array_equal(whole[0], flip_points(own[0], partner))
        np.testing.assert_array_equal(whole[1], flip_visible(own[1], partner))


@settings(max_examples=40, deadline=None)
@given(unions(), st.integers(0, 2**32 - 1))
def test_every_point_has_its_channel_and_every_channel_a_point(
    union: SchemaUnion, seed: int
) -> None:
    held = np.zeros(union.num_channels, dtype=int)
    for member in union.members:
        channels = union.channel_indices(member.name)
        assert len(set(channels.tolist())) == member.num_keypoints and channels.dtype == np.int64
        assert union.labelled(member.name).sum() == member.num_keypoints
        held[channels] += 1
        points, visible = keypoints(member, seed)
        spread, marks = union.scatter(member.name, points, visible)
        assert not marks[..., ~union.labelled(member.name)].any()
        for got, want in zip(
            union.gather(member.name, spread, marks), (points, visible), strict=True
        ):
            np.testing.assert_array_equal(got, want)
        for keypoint, channel in zip(member.keypoints, channels, strict=True):
            name = union.schema.keypoints[channel]
            assert f'{member.name}.{keypoint}' in union.holders(name)
    assert held.min() >= 1
    assert held.tolist() == [len(union.holders(name)) for name in union.schema.keypoints]


@settings(max_examples=20, deadline=None)
@given(unions())
def test_every_way_out_leads_back(union: SchemaUnion) -> None:
    assert SchemaUnion.from_json(json.loads(json.dumps(union.to_json()))) == union
    assert pickle.loads(pickle.dumps(union)) == union and copy.deepcopy(union) is union
    assert hash(pickle.loads(pickle.dumps(union))) == hash(union)
    assert union.same_channels(union) and not union.differences(union)
    back = KeypointSchema.from_metainfo(union.to_metainfo())
    assert back.keypoints == union.schema.keypoints and back.swaps == union.schema.swaps


def test_names_are_those_of_the_first_and_told_apart() -> None:
    union = SchemaUnion.build(ONE, TWO, merge='none')
    assert union.name == 'one+two'
    assert union.schema.keypoints == (*ONE.keypoints, 'two_right_a', 'two_left_a', 'neck')
    assert union.holders('two_left_a') == ('two.left_a',)
    merged = SchemaUnion.build(ONE, TWO)
    assert merged.schema.keypoints == ('nose', 'left_a', 'right_a', 'neck')
    assert merged.holders('left_a') == ('one.left_a', 'two.left_a')
    assert merged.channel_indices('two').tolist() == [2, 1, 3]
    assert merged.channel_indices(UNION).tolist() == [0, 1, 2, 3] and merged.labelled(UNION).all()
    assert merged.target('two') is TWO and merged.target(UNION) is merged.schema
    with pytest.raises(ValueError, match='read-only'):
        merged.channel_indices('two')[0] = 5


def test_an_explicit_merge_lists_exactly_the_points_of_its_channel() -> None:
    union = SchemaUnion.build(ONE, TWO, merges={'middle': ['two.neck', 'one.nose']})
    assert union.schema.keypoints == ('middle', 'left_a', 'right_a')
    assert union.holders('middle') == ('one.nose', 'two.neck')
    other = replace(TWO, name='three', keypoints=('nose', 'left_a', 'right_a'))
    apart = SchemaUnion.build(ONE, other, merges={'nose': 'three.nose'})
    assert apart.schema.keypoints == ('one_nose', 'left_a', 'right_a', 'nose')


def test_the_first_member_says_what_a_channel_is() -> None:
    one = replace(ONE, sigmas=(0.1, 0.2, 0.2), weights=(1, 2, 2), skeleton=(('nose', 'left_a'),))
    two = replace(TWO, sigmas=(0.3, 0.3, 0.4), skeleton=(('right_a', 'left_a'),))
    schema = SchemaUnion.build(one, two).schema
    assert schema.sigmas == (0.1, 0.2, 0.2, 0.4) and schema.weights == (1, 2, 2, 1)
    assert schema.skeleton == (('nose', 'left_a'), ('right_a', 'left_a'))
    both = SchemaUnion.build(two, replace(two, name='again')).schema
    assert both.skeleton == two.skeleton


def test_regions_and_distances_are_carried() -> None:
    one = replace(
        ONE,
        regions={'face': ('nose',), 'upper_body': ('nose', 'left_a', 'right_a')},
        normalizers={'width': ('left_a', 'right_a'), 'length': ('nose', ('left_a', 'right_a'))},
    )
    two = replace(
        TWO,
        regions={'face': ('neck',), 'lower_body': TWO.keypoints, 'nose': ('neck',)},
        normalizers={'width': ('right_a', 'neck')},
    )
    schema = SchemaUnion.build(one, two).schema
    assert schema.regions['face'] == ('nose', 'neck')
    assert schema.regions['upper_body'] == ('nose', 'left_a', 'right_a')
    assert schema.regions['lower_body'] == ('neck',)
    assert schema.regions['two_nose'] == ('neck',) and 'nose' not in schema.regions
    assert schema.normalizers['width'] == ('left_a', 'right_a')
    assert schema.normalizers['two_width'] == ('right_a', 'neck')
    assert schema.normalizers['length'] == ('nose', ('left_a', 'right_a'))


def test_a_stored_order() -> None:
    union = SchemaUnion.build(ONE, TWO, order=['neck', '-one.*'])
    assert union.schema.keypoints == ('neck', 'right_a', 'left_a', 'nose')
    union = SchemaUnion.build(ONE, TWO, order=['two.*', 'one.*'])
    assert union.schema.keypoints == ('right_a', 'left_a', 'neck', 'nose')


HALF = KeypointSchema('half', ['left_a', 'tail'])
OTHER = KeypointSchema('other', ['left_a', 'tail'], [('left_a', 'tail')])


@pytest.mark.parametrize(
    ('parts', 'options', 'words'),
    [
        ([], {}, ['has no members']),
        ([replace(ONE, name='union')], {}, ["may not be named 'union'"]),
        ([ONE, ONE], {}, ["two members named 'one'", 'of the same keypoints']),
        ([ONE, replace(TWO, name='one')], {}, ["named 'one', whose definitions differ", 'neck']),
        (['one'], {}, ["there is no schema 'one'"]),
        ([ONE, HALF], {}, ['one.left_a swaps with one.right_a', 'half.left_a stays']),
        ([HALF, OTHER], {}, ['half.left_a stays', 'other.left_a swaps with other.tail']),
        ([ONE, TWO], {'merge': 'name'}, ["'names', 'none' or a mapping", "no mapping 'name'"]),
        ([ONE, TWO], {'merge': 'face68-to-face48'}, ["keypoints of 'face68'", 'one, two']),
        (['coco17', 'mpii16'], {'merge': 'coco17-to-mpii16'}, ["'pelvis' as a mean of right_hip"]),
        ([ONE, TWO], {'merges': {'x': 'two.nek'}}, ["'x' names 'two.nek'", "mean 'two.neck'"]),
        ([ONE, TWO], {'merges': {'x': []}}, ["channel 'x' holds no member point"]),
        ([ONE], {'merges': {'x': 'one.nose', 'y': 'one.nose'}}, ['one.nose', "'x' and 'y'"]),
        ([ONE], {'merges': {'x': ['one.nose', 'one.nose']}}, ['one.nose is in two', 'twice']),
        ([ONE], {'merges': {'x': ['one.left_a', 'one.right_a']}}, ["'x' holds two points of one"]),
        ([ONE], {'order': 'nose'}, ['order is a list']),
        ([ONE], {'order': ['nose', 'left_a']}, ['misses channel right_a']),
        ([ONE], {'order': ['nose', 'one.*', 'nose']}, ["names channel 'nose' twice"]),
        ([ONE], {'order': ['one.*', '-one.*']}, ["'-one.*' of the order stands for no channel"]),
        ([ONE], {'order': ['one.*', 'nos']}, ["names 'nos', which is no channel", "'nose'"]),
    ],
)
def test_what_is_refused_at_build(parts: list, options: dict, words: list[str]) -> None:
    with pytest.raises(LandmarkError) as caught:
        SchemaUnion.build(*parts, **options)
    for word in words:
        assert word in str(caught.value)
    assert '\n' not in str(caught.value)


def test_a_name_that_is_taken_twice_over_is_refused() -> None:
    odd = KeypointSchema('odd', ['two_nose'])
    with pytest.raises(LandmarkError, match="two.nose finds both 'nose' and 'two_nose' taken"):
        SchemaUnion.build(ONE, odd, KeypointSchema('two', ['nose']), merge='none')


@pytest.mark.parametrize(
    ('change', 'words'),
    [
        ({'channels': {'one': ['nose', 'left_a', 'right_a']}}, "'two' has 3 keypoints but 0"),
        ({'channels': {'three': []}}, "no member 'three'"),
        ({'channels': {'two': ['right_a', 'left_a']}}, "2 channels: 'neck' has no channel"),
        ({'channels': {'two': ['right_a', 'left_a', 'nek']}}, "'nek', which does not exist"),
        ({'channels': {'two': ['right_a', 'left_a', 'left_a']}}, 'two.left_a and two.neck'),
        ({'channels': {'two': ['right_a', 'left_a', 'nose']}}, "'neck' holds no point"),
        ({'swaps': []}, "'left_a' swaps with 'left_a', but by its members with 'right_a'"),
        ({'extra': 1}, "no field 'extra'"),
        ({'members': None}, "needs the field 'members'"),
    ],
)
def test_a_bad_file_is_refused(change: dict, words: str) -> None:
    content = SchemaUnion.build(ONE, TWO).to_json()
    for key, value in change.items():
        if key == 'channels' and set(value) != {'one'}:
            content['channels'] = {**content['channels'], **value}
        elif key == 'swaps':
            content['schema']['swaps'] = value
        elif value is None:
            del content[key]
        else:
            content[key] = value
    with pytest.raises(LandmarkError, match=words):
        SchemaUnion.from_json(content)


def test_differences_say_what_differs() -> None:
    one, two = SchemaUnion.build(ONE, TWO, name='a'), SchemaUnion.build(ONE, name='b')
    assert one.differences(two) == (
        "only union 'a' has the channels neck; only union 'a' has the member two"
    )
    moved = SchemaUnion.build(ONE, TWO, name='c', order=['-one.*', 'two.*'])
    assert "channel 0 is 'nose' in union 'a', 'right_a' in union 'c'" in one.differences(moved)
    other = SchemaUnion.build(replace(ONE, sigmas=(0.1, 0.2, 0.3)), TWO, name='d')
    assert one.same_channels(other) and one != other
    swapped = SchemaUnion.build(
        ONE, TWO, merges={'nose': ['two.neck'], 'neck': ['one.nose']}, name='e'
    )
    words = SchemaUnion.build(ONE, TWO, order=swapped.schema.keypoints).differences(swapped)
    assert "one.nose is channel 'nose' in union 'one+two', 'neck' in union 'e'" in words
    less = SchemaUnion.build(ONE, KeypointSchema('two', ['neck']))
    assert "the members 'two' differ: only 'two' has" in one.differences(less)


def test_unknown_names_are_answered_with_the_nearest() -> None:
    union = SchemaUnion.build(get_schema('coco17'), get_schema('mpii16'))
    for ask in (union.member, union.channel_indices, union.labelled, union.target):
        with pytest.raises(LandmarkError, match=r"no member 'coco' \(did you mean 'coco17'\?\)"):
            ask('coco')
    with pytest.raises(LandmarkError, match="did you mean 'nose'"):
        union.holders('noses')


def test_files_are_whole_and_kept(tmp_path: Path) -> None:
    union, path = SchemaUnion.build(ONE, TWO), tmp_path / 'own.json'
    union.save(path)
    assert SchemaUnion.from_json(json.loads(path.read_text())) == union
    with pytest.raises(LandmarkError, match='own.json: exists already'):
        union.save(path)
