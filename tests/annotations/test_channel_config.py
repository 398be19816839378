import pytest

from mmlandmark.annotations.channel_config import (
    check_flip_channels,
    parse_channels,
    resolve_channels,
)
from mmlandmark.errors import LandmarkError


@pytest.mark.parametrize(
    ('config', 'expected'),
    [
        ({'corner': ['c1', 'c2'], 'flap': ['f1']}, {'corner': ('c1', 'c2'), 'flap': ('f1',)}),
        ({'corner': 'c1=c2', 'both': ['c1', 'f1']}, {'corner': ('c1', 'c2'), 'both': ('c1', 'f1')}),
        ('{"corner": ["c1", "c2"]}', {'corner': ('c1', 'c2')}),
        ('a=b:c', {'a=b': ('a', 'b'), 'c': ('c',)}),
        # as its integration test spells it
        ('c0= c1 = c2: f0:f2', {'c0=c1=c2': ('c0', 'c1', 'c2'), 'f0': ('f0',), 'f2': ('f2',)}),
        ([['a', 'b'], ['c']], {'a=b': ('a', 'b'), 'c': ('c',)}),
        (['a=b', 'c'], {'a=b': ('a', 'b'), 'c': ('c',)}),
    ],
)
def test_every_form_gives_names_and_keypoints(config, expected):
    parsed = parse_channels(config)
    assert parsed == expected and list(parsed) == list(expected)


@pytest.mark.parametrize(
    ('config', 'message'),
    [
        ({}, 'channels are empty'),
        ('a=:c', "'a=' lacks the name of a keypoint"),
        ('', "'' lacks the name of a keypoint"),
        ('{"corner": ["c1"', 'not valid JSON'),
        ({'corner': []}, 'lacks the name'),
        ({'corner': [1]}, r'\[1\] are not names of keypoints'),
        ({'corner': 3}, '3 are not names of keypoints'),
        ({'corner': 'a:b'}, "holds ':'"),
        ({'corner': ['a', 'a']}, "channel 'corner' lists 'a' more than once"),
        ('a:a', "'a' is there twice"),
        ({'': ['a']}, "a channel is called ''"),
        (5, 'channels are 5'),
    ],
)
def test_other_forms_are_refused_in_one_line(config, message):
    with pytest.raises(LandmarkError, match=message) as error:
        parse_channels(config)
    assert '\n' not in str(error.value)


def test_an_unknown_keypoint_is_an_error_with_the_nearest_name():
    with pytest.raises(LandmarkError) as error:
        resolve_channels(
            {'corner': ['box_corner0', 'boxcorner1']}, ['box_corner0', 'box_corner1'], 'x.json'
        )
    assert str(error.value) == (
        "x.json: channel 'corner': there is no keypoint 'boxcorner1' (did you mean 'box_corner1'?)"
        '; the file names box_corner0, box_corner1'
    )


def test_without_a_configuration_every_keypoint_is_a_channel():
    assert resolve_channels(None, ['b', 'a'], '') == {'b': ('b',), 'a': ('a',)}


def test_flip_channels_are_pairs_of_channels():
    channels = ('left', 'right', 'top')
    assert check_flip_channels([['left', 'right']], channels, 'set') == (('left', 'right'),)
    for pairs, message in (
        ([['left', 'rihgt']], r"no channel 'rihgt' \(did you mean 'right'\?\)"),
        ([['left']], 'expected pairs of two channels'),
        ([['left', 'left']], 'expected pairs of two channels'),
        (['ab'], 'expected pairs of two channels'),
        ([['left', 'right'], ['top', 'left']], "'left' is in two pairs"),
    ):
        with pytest.raises(LandmarkError, match=message):
            check_flip_channels(pairs, channels, 'set')
