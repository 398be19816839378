import json

import numpy as np
import pytest
from channel_files import SIZES, json_document, write
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlandmark.annotations.channel_json import channel_json_document, read_channel_json
from mmlandmark.annotations.channel_pictures import ChannelPictures
from mmlandmark.errors import LandmarkError


@pytest.fixture
def path(tmp_path):
    return write(tmp_path, json_document())


def test_shares_become_pixels_from_the_upper_left_corner_whatever_the_size(path):
    pictures = read_channel_json(path)
    assert pictures.channels == ('corner', 'flap') and pictures.files == list(SIZES)
    assert pictures.sizes.tolist() == [[40, 20], [16, 24], [10, 10]]
    expected = [[10, 5], [20, 10], [0.123456789 * 40, 0], [40, 20], [20, 15], [0, 18]]
    np.testing.assert_allclose(pictures.points, expected, rtol=0, atol=1e-12)
    assert pictures.channel_ids.tolist() == [0, 0, 0, 1, 1, 0]
    assert pictures.counts().tolist() == [[3, 2], [1, 0], [0, 0]]  # the last one is a negative
    np.testing.assert_array_equal(pictures.depths, [np.nan] * 3 + [2.5, np.nan, 1.5])


def test_an_origin_at_the_top_is_an_option(path):
    below, above = read_channel_json(path), read_channel_json(path, origin='top-left')
    heights = below.sizes[below.picture_ids(), 1]
    np.testing.assert_allclose(above.points[:, 1], heights - below.points[:, 1], atol=1e-12)
    np.testing.assert_array_equal(above.points[:, 0], below.points[:, 0])


def test_keys_are_selected_and_joined(path):
    pictures = read_channel_json(path, channels={'any': ['flap', 'corner'], 'flap': ['flap']})
    assert pictures.channels == ('any', 'flap')
    assert pictures.counts().tolist() == [[5, 2], [1, 0], [0, 0]]
    assert pictures.points[0].tolist() == [40, 20]  # flaps come first, as configured


def test_points_outside_are_dropped_and_counted_if_asked(tmp_path):
    document = json_document()
    document['dataset'][1]['corner'] = [[-0.01, 0.5], [0.5, 0.5], [0.5, 1.2]]
    path = write(tmp_path, document)
    pictures = read_channel_json(path, outside='drop')
    assert pictures.counts().tolist() == [[3, 2], [1, 0], [0, 0]]
    assert pictures.left_out == {'keypoints outside the picture': 2}


def broken(change):
    document = json_document()
    change(document['dataset'])
    return document


BAD = {
    'u above 1': (
        lambda d: d[0]['corner'].append([1.5, 0.5]),
        "entry 0 (images/a.png): channel 'corner', point 3 is at u=1.5, v=0.5; expected both in",
    ),
    'v below 0': (
        lambda d: d[0]['flap'].insert(0, [0.5, -0.25, 1]),
        "entry 0 (images/a.png): channel 'flap', point 0 is at u=0.5, v=-0.25; expected both in",
    ),
    'a channel is missing': (
        lambda d: d[1].pop('corner'),
        "entry 1 (images/b.png): has no channel 'corner'; expected it in every entry",
    ),
    'another set of channels': (
        lambda d: d[2].update(flapp=d[2].pop('flap')),
        "entry 2 (images/c.png): has no channel 'flap' (did you mean 'flapp'?); expected it in",
    ),
    'one channel more': (
        lambda d: d[1].update(edge=[]),
        "entry 1 (images/b.png): has a channel 'edge' that entry 0 has not; expected the same",
    ),
    'ragged': (
        lambda d: d[0]['corner'].append([0.5, 0.5, 1.0]),
        "entry 0 (images/a.png): channel 'corner', point 3 has 3 numbers and point 0 has 2;",
    ),
    'one number': (
        lambda d: d[1].update(flap=[[0.5]]),
        "entry 1 (images/b.png): channel 'flap', point 0 has 1 numbers; expected [u, v] or [u, v, ",
    ),
    'four numbers': (
        lambda d: d[1].update(flap=[[0.5] * 4]),
        "entry 1 (images/b.png): channel 'flap', point 0 has 4 numbers; expected [u, v]",
    ),
    'text': (
        lambda d: d[1].update(flap=[[0.5, 0.5], [0.5, '0.5']]),
        "entry 1 (images/b.png): channel 'flap', point 1 holds '0.5'; expected numbers",
    ),
    'true': (
        lambda d: d[1].update(flap=[[True, 0.5]]),
        "entry 1 (images/b.png): channel 'flap', point 0 holds True; expected numbers",
    ),
    'null': (
        lambda d: d[1].update(flap=[[0.5, None]]),
        "entry 1 (images/b.png): channel 'flap', point 0 holds None; expected numbers",
    ),
    'too large a number': (
        lambda d: d[1].update(flap=[[10**400, 0.5]]),
        # the parser itself refuses it
        'train.json: ',
    ),
    'flat': (
        lambda d: d[1].update(flap=[0.5, 0.5]),
        "entry 1 (images/b.png): channel 'flap', point 0 is 0.5; expected [u, v]",
    ),
    'no list': (
        lambda d: d[1].update(flap={'u': 1}),
        "entry 1 (images/b.png): channel 'flap' is {'u': 1}; expected a list of points",
    ),
    'no path': (lambda d: d[1].pop('image_path'), "entry 1: 'image_path' is None; expected a path"),
    'no object': (lambda d: d.insert(0, [1]), 'entry 0 is [1]; expected an object'),
    'a picture is missing': (
        lambda d: d[2].update(image_path='images/z.png'),
        'entry 2 (images/z.png): ',
    ),
    'a picture is there twice': (
        lambda d: d[2].update(image_path='./images//a.png'),
        'entry 2 (./images//a.png): the picture is also that of entry 0',
    ),
    'no entry': (lambda d: d.clear(), "the list 'dataset' is empty; expected at least one entry"),
    'no channel': (
        lambda d: [d.pop(), d.pop(), d[0].pop('flap'), d[0].pop('corner')],
        'no entry has a channel',
    ),
}


@pytest.mark.parametrize('case', BAD)
def test_bad_input_is_named_by_file_entry_and_channel(tmp_path, case):
    change, message = BAD[case]
    path = write(tmp_path, broken(change))
    with pytest.raises(LandmarkError) as error:
        read_channel_json(path)
    assert str(path) in str(error.value) and message in str(error.value)
    assert '\n' not in str(error.value)


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('', 'the file is empty'),
        ('[]', "no list 'dataset'"),
        ('{"dataset": {}}', "no list 'dataset'"),
        ('{"dataset": [{"image_path": "a.png", "corner": [[NaN, 0.5]]}]}', 'is nan'),
    ],
)
def test_a_file_that_holds_no_entries_is_named(tmp_path, text, message):
    path = tmp_path / 'train.json'
    path.write_text(text)
    with pytest.raises(LandmarkError, match=message) as error:
        read_channel_json(path)
    assert str(path) in str(error.value)


def test_a_damaged_picture_is_named_with_its_entry(path):
    (path.parent / 'images/b.png').write_bytes(b'no picture')
    with pytest.raises(LandmarkError, match=r'entry 1 \(images/b.png\): .*not a picture'):
        read_channel_json(path)


def test_too_many_keypoints_of_a_channel_are_an_error(path):
    assert len(read_channel_json(path, max_keypoints={'corner': 3})) == 3
    with pytest.raises(LandmarkError) as error:
        read_channel_json(path, max_keypoints=2)
    assert str(error.value) == (
        f"{path}: entry 0 (images/a.png): channel 'corner' has 3 keypoints; max_keypoints is 2"
    )
    with pytest.raises(LandmarkError, match=r"no channel 'flab' \(did you mean 'flap'\?\)"):
        read_channel_json(path, max_keypoints={'flab': 3})
    with pytest.raises(LandmarkError, match="max_keypoints is '3'"):
        read_channel_json(path, max_keypoints='3')


@pytest.mark.parametrize(
    ('option', 'message'),
    [
        ({'origin': 'bottom'}, r"origin is 'bottom' \(did you mean 'bottom-left'\?\)"),
        ({'outside': 'clip'}, "outside is 'clip'; expected error or drop"),
    ],
)
def test_an_unknown_option_is_refused(path, option, message):
    with pytest.raises(LandmarkError, match=message):
        read_channel_json(path, **option)


def test_what_is_written_is_what_was_read(path):
    for origin in ('bottom-left', 'top-left'):
        document = channel_json_document(read_channel_json(path, origin=origin), origin=origin)
        for new, old in zip(document['dataset'], json_document()['dataset'], strict=True):
            assert list(new) == list(old) and new['image_path'] == old['image_path']
            for channel in ('corner', 'flap'):
                assert_same_points(new[channel], old[channel])


def assert_same_points(new, old):
    assert [len(point) for point in new] == [len(point) for point in old]
    for a, b in zip(new, old, strict=True):
        assert a[2:] == b[2:]
        np.testing.assert_allclose(a[:2], b[:2], rtol=0, atol=1e-15)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_pixels_survive_the_way_there_and_back(tmp_path_factory, data):
    size = np.array(data.draw(st.tuples(st.integers(1, 4000), st.integers(1, 4000))))
    shares = st.floats(0, 1, allow_subnormal=False)
    points = np.array(data.draw(st.lists(st.tuples(shares, shares), max_size=5))).reshape(-1, 2)
    channels = np.array([data.draw(st.integers(0, 1)) for _ in points], dtype=np.int64)
    depths = np.array([data.draw(st.sampled_from([np.nan, 0.5, 3.0])) for _ in points])
    pictures = ChannelPictures.from_points(
        ('a', 'b'),
        ['1.png'],
        size,
        np.zeros(len(points), int),
        points * size,
        channels,
        depths=depths,
    )
    document = json.loads(json.dumps(channel_json_document(pictures)))
    shares = np.array([p[:2] for name in 'ab' for p in document['dataset'][0][name]]).reshape(-1, 2)
    back = np.column_stack([shares[:, 0], 1 - shares[:, 1]]) * size
    np.testing.assert_allclose(back, pictures.points, rtol=0, atol=1e-12 * size.max())
    assert ((shares >= 0) & (shares <= 1)).all()


def test_the_published_sample(shared_data):
    folder = shared_data / 'channel_keypoints_sample'
    raw = json.loads((folder / 'blender_dataset.json').read_text())['dataset']
    pictures = read_channel_json(folder / 'blender_dataset.json')
    assert pictures.channels == tuple(key for key in raw[0] if key != 'image_path')
    assert pictures.counts()[0].tolist() == [len(raw[0][name]) for name in pictures.channels]
    u, v, depth = raw[0]['corner_keypoints'][0]
    assert pictures.points[0].tolist() == [u * 64, (1 - v) * 64] and pictures.depths[0] == depth
