"""Options of channels by name, and how wrong ones are told."""

from __future__ import annotations

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.models.heads.channel_options import (  # noqa: E402
    check_channels,
    peak_options,
    per_channel,
    swapped_channels,
)

NAMES = ('corner', 'left flap', 'right flap')


def test_names():
    assert check_channels(list(NAMES), 'X') == NAMES


@pytest.mark.parametrize(
    ('names', 'words'),
    [
        ((), 'expected names'),
        ('corner', 'expected names'),
        (('corner', 3), 'expected names'),
        (('corner', ''), 'expected names'),
        (('corner', 'flap', 'corner'), "'corner' is there twice"),
        (('gloss',), "'gloss' contains 'loss'"),
    ],
)
def test_names_that_are_refused(names, words):
    with pytest.raises(LandmarkError, match=f'^X: .*{words}'):
        check_channels(names, 'X')


def test_numbers_of_channels():
    assert per_channel(2, NAMES, 'X') == (2.0, 2.0, 2.0)
    given = {'right flap': 3, 'corner': 1.5, 'left flap': 2}
    assert per_channel(given, NAMES, 'X') == (1.5, 2.0, 3.0)


@pytest.mark.parametrize(
    ('value', 'words'),
    [
        ({'corner': 1, 'left flap': 2}, "'right flap' is missing"),
        (dict.fromkeys(NAMES, 1) | {'corners': 1}, "'corners'.*did you mean 'corner'.*known are"),
        ([1, 2, 3], r'\[1, 2, 3\] for channel .corner., expected a number'),
        (True, 'True for channel'),
        (float('inf'), 'expected it finite'),
    ],
)
def test_numbers_that_are_refused(value, words):
    with pytest.raises(LandmarkError, match=f'^X: .*{words}'):
        per_channel(value, NAMES, 'X')


def test_peaks():
    given = dict(threshold=dict.fromkeys(NAMES, 0.5) | {'corner': 0.2}, top_k=None)
    assert peak_options(given, NAMES, 'X') == dict(threshold=(0.2, 0.5, 0.5), top_k=None)
    for name in ('tresh', 'maps', 'mask'):
        with pytest.raises(LandmarkError, match=f'^X: unknown option {name!r}.*min_distance'):
            peak_options({name: 1}, NAMES, 'X')
    with pytest.raises(LandmarkError, match="^X: threshold of peaks: unknown channel 'corne'"):
        peak_options(dict(threshold={'corne': 1}), NAMES, 'X')


def test_partners():
    assert swapped_channels((), NAMES, 'X') == [0, 1, 2]
    assert swapped_channels([('right flap', 'left flap')], NAMES, 'X') == [0, 2, 1]


@pytest.mark.parametrize(
    ('pairs', 'words'),
    [
        ([('left flap', 'rigth flap')], "'rigth flap'.*did you mean 'right flap'"),
        ([('corner', 'corner')], 'expected two channels'),
        ([('corner',)], 'expected two channels'),
        ([('corner', 'left flap'), ('left flap', 'right flap')], 'each in one pair'),
    ],
)
def test_partners_that_are_refused(pairs, words):
    with pytest.raises(LandmarkError, match=f'^X: .*{words}'):
        swapped_channels(pairs, NAMES, 'X')


@pytest.mark.parametrize(
    ('given', 'words'),
    [
        (dict(min_distance=0), 'min_distance is 0: expected at least 1 cell'),
        (dict(min_distance=2.5), 'min_distance is 2.5: expected at least 1 cell, whole'),
        (dict(top_k=0), 'top_k is 0: expected at least 1, or None'),
    ],
)
def test_numbers_of_peaks_are_looked_at_when_a_model_is_built(given, words):
    with pytest.raises(LandmarkError, match=f'^X: peaks: {words}'):
        peak_options(given, NAMES, 'X')
    assert peak_options(dict(top_k=None, min_distance=3), NAMES, 'X')['min_distance'] == 3
