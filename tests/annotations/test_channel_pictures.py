import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlandmark.annotations.channel_pictures import ChannelPictures
from mmlandmark.errors import LandmarkError

CHANNELS = ('corner', 'flap', 'edge')


def pictures(picture_ids, channel_ids, files=('a', 'b', 'c', 'd')):
    count = len(picture_ids)
    return ChannelPictures.from_points(
        CHANNELS,
        files,
        np.full((len(files), 2), 9),
        np.array(picture_ids, dtype=np.int64),
        np.arange(2 * count).reshape(count, 2),
        np.array(channel_ids, dtype=np.int64),
        depths=np.arange(count, dtype=float),
    )


def content(some, picture):
    """Channel name -> depths, which tell the points of these tests apart."""
    rows = some.rows(picture)
    names = [some.channels[channel] for channel in some.channel_ids[rows]]
    return {
        name: [d for d, n in zip(some.depths[rows], names, strict=True) if n == name]
        for name in names
    }


def test_points_stand_by_picture_and_channel_and_keep_their_order_within():
    some = pictures([2, 0, 2, 2, 0], [1, 1, 0, 1, 0])
    assert some.offsets.tolist() == [0, 2, 2, 5, 5]
    assert content(some, 0) == {'corner': [4], 'flap': [1]}
    assert content(some, 2) == {'corner': [2], 'flap': [0, 3]}
    assert some.points[some.rows(0)].tolist() == [[8, 9], [2, 3]]
    assert some.counts().tolist() == [[1, 1, 0], [0, 0, 0], [1, 2, 0], [0, 0, 0]]
    assert some.visible.tolist() == [2] * 5


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_selection_is_what_each_picture_has(data):
    cells = data.draw(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=12))
    some = pictures([c[0] for c in cells], [c[1] for c in cells])
    chosen = data.draw(st.lists(st.integers(0, 3), max_size=6))
    part = some.select(chosen)
    assert part.files == [some.files[i] for i in chosen]
    assert [content(part, i) for i in range(len(part))] == [content(some, i) for i in chosen]
    names = data.draw(st.permutations(CHANNELS))[:2]
    fewer = some.select_channels(names)
    for picture in range(len(some)):
        whole = content(some, picture)
        assert content(fewer, picture) == {n: whole[n] for n in names if n in whole}


def test_an_unknown_channel_is_named_with_the_nearest():
    with pytest.raises(LandmarkError, match=r"no channel 'flaps' \(did you mean 'flap'\?\)"):
        pictures([0], [0]).select_channels(['flaps'])


def test_arrays_that_do_not_go_together_are_refused():
    with pytest.raises(LandmarkError, match=r'offsets has shape \(1,\); expected \(2,\)'):
        ChannelPictures(
            CHANNELS,
            ['a'],
            np.ones((1, 2), dtype=np.int64),
            np.zeros(1, dtype=np.int64),
            np.zeros((0, 2)),
            np.zeros(0, dtype=np.int64),
            np.zeros(0),
            np.zeros(0, dtype=np.int64),
        )
