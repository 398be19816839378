import json

import numpy as np
from channel_files import json_document, write
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO

from mmlandmark.annotations.channel_coco import read_channel_coco
from mmlandmark.annotations.channel_coco_writer import channel_coco_document, write_channel_coco
from mmlandmark.annotations.channel_json import read_channel_json
from mmlandmark.annotations.channel_pictures import ChannelPictures


def test_keypoints_of_a_channel_are_numbered_up_to_the_fullest_picture(tmp_path):
    pictures = read_channel_json(write(tmp_path, json_document()))
    document = channel_coco_document(pictures, category='box')
    (category,) = document['categories']
    assert category['name'] == 'box'
    assert category['keypoints'] == ['corner_0', 'corner_1', 'corner_2', 'flap_0', 'flap_1']
    assert [image['file_name'] for image in document['images']] == pictures.files
    assert [a['image_id'] for a in document['annotations']] == [1, 2]  # the third is a negative
    second = document['annotations'][1]
    assert second['keypoints'] == [0, 18, 2, *[0] * 12] and second['num_keypoints'] == 1
    assert second['keypoints_depth'] == [1.5, None, None, None, None]
    path = tmp_path / 'coco.json'
    write_channel_coco(path, pictures)
    other = COCO(str(path))
    assert len(other.getImgIds()) == 3 and len(other.getAnnIds()) == 2


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_nothing_changes_on_the_way_there_and_back(data):
    files = ['a.png', 'b.png', 'c.png']
    cells = data.draw(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1)), max_size=9))
    pixels = st.floats(0, 50, allow_subnormal=False)
    pictures = ChannelPictures.from_points(
        ('corner', 'corner_0'),
        files,
        np.full((3, 2), 50),
        np.array([c[0] for c in cells], dtype=np.int64),
        np.array([data.draw(st.tuples(pixels, pixels)) for _ in cells]).reshape(-1, 2),
        np.array([c[1] for c in cells], dtype=np.int64),
        depths=np.array([data.draw(st.sampled_from([np.nan, 1.5, -0.0])) for _ in cells]),
        visible=np.array([data.draw(st.sampled_from([1, 2])) for _ in cells], dtype=np.int64),
    )
    document = json.loads(json.dumps(channel_coco_document(pictures), allow_nan=False))
    back = read_channel_coco(document)
    assert (back.channels, back.files) == (pictures.channels, files)
    for key in ('sizes', 'offsets', 'points', 'channel_ids', 'depths', 'visible'):
        np.testing.assert_array_equal(getattr(back, key), getattr(pictures, key), err_msg=key)
