import json

import numpy as np
import pytest
from channel_files import coco_document, write

from mmlandmark.annotations.channel_coco import read_channel_coco
from mmlandmark.annotations.channel_json import read_channel_json
from mmlandmark.errors import LandmarkError

CHANNELS = {'corner': ['c1', 'c2'], 'flap': ['f1']}


def read(document=None, **options):
    options = {'channels': CHANNELS, 'name': 'x.json', **options}
    return read_channel_coco(document or coco_document(), **options)


def test_annotations_of_an_image_are_joined_and_images_without_are_kept():
    pictures = read()
    assert pictures.files == ['images/a.png', 'images/b.png', 'images/c.png']
    assert pictures.sizes.tolist() == [[40, 20], [16, 24], [10, 10]]
    assert pictures.counts().tolist() == [[2, 1], [3, 1], [0, 0]]
    # as they are, sub-pixel: those of a channel by annotation and then as configured
    assert pictures.points[pictures.rows(1)].tolist() == [[1.25, 2.5], [3, 4], [5, 6], [11, 12]]
    assert pictures.points[pictures.rows(0)].tolist() == [[40, 20], [7, 8], [9, 10.125]]
    assert pictures.visible.tolist() == [2, 2, 2, 2, 1, 2, 1]
    np.testing.assert_array_equal(pictures.depths, [1, np.nan, 0.5, *[np.nan] * 4])


def test_a_keypoint_may_feed_several_channels():
    pictures = read(channels={'flap': ['f1'], 'all': ['f1', 'c2', 'c1']})
    assert pictures.counts().tolist() == [[1, 3], [1, 4], [0, 0]]
    assert pictures.points[pictures.rows(0)].tolist() == [
        [9, 10.125],
        [9, 10.125],
        [7, 8],
        [40, 20],
    ]


def test_the_text_of_channels_is_taken():
    assert read(channels='c1=c2:f1').counts().tolist() == read().counts().tolist()


def test_channels_of_several_categories_are_joined():
    document = coco_document()
    first = document['categories'][0]
    document['categories'][0] = {**first, 'channels': {'corner': ['c1']}}
    second = {'id': 99, 'name': 'other', 'keypoints': ['c2', 'f1']}
    document['categories'].append({**second, 'channels': {'corner': ['c2'], 'flap': ['f1']}})
    assert read(document, channels=None).channels == ('corner', 'flap')
    assert read(document, channels=None).counts().tolist() == read().counts().tolist()
    document['categories'][1]['channels'] = {'corner': 3}
    with pytest.raises(LandmarkError, match='x.json: category 99: channels: 3 are not names'):
        read(document, channels=None)


def test_without_channels_every_keypoint_is_one():
    assert read(channels=None).channels == ('c1', 'c2', 'f1')
    document = coco_document()
    document['categories'][0]['channels'] = CHANNELS
    assert read(document, channels=None).channels == ('corner', 'flap')


def test_only_seen_keypoints_if_asked_and_the_others_are_counted():
    pictures = read(min_visibility=2)
    assert pictures.counts().tolist() == [[2, 1], [2, 0], [0, 0]]
    assert pictures.left_out['hidden keypoints'] == 2
    with pytest.raises(LandmarkError, match='min_visibility is 3; expected 1 or 2'):
        read(min_visibility=3)


def test_names_may_stand_in_several_categories():
    document = coco_document()
    document['categories'].append({'id': 4, 'name': 'lid', 'keypoints': ['f1', 'c9']})
    document['categories'].append({'id': 5, 'name': 'area'})
    document['annotations'] += [
        {'id': 4, 'image_id': 9, 'category_id': 4, 'keypoints': [1, 2, 2, 3, 4, 2]},
        {'id': 5, 'image_id': 9, 'category_id': 5, 'bbox': [1, 2, 3, 4]},
        {'id': 6, 'image_id': 9, 'category_id': 4, 'iscrowd': 1},
        {'id': 7, 'image_id': 9, 'category_id': 4, 'num_keypoints': 0},
    ]
    pictures = read(document)
    assert pictures.counts().tolist() == [[2, 1], [3, 1], [0, 1]]
    assert pictures.left_out['annotations without named keypoints'] == 1
    assert pictures.left_out['annotations without keypoints'] == 2
    with pytest.raises(
        LandmarkError, match=r"no keypoint 'f9' \(did you mean .*names c1, c2, f1, c9"
    ):
        read(document, channels={'flap': ['f9']})


def broken(change):
    document = coco_document()
    change(document)
    return document


BAD = {
    'outside': (
        lambda d: d['annotations'][0]['keypoints'].__setitem__(0, 16.5),
        "entry 1 (images/b.png): annotation 1: channel 'corner': keypoint 'c1' is at (16.5, 2.5); "
        'expected it in the picture of 16x24',
    ),
    'ragged': (
        lambda d: d['annotations'][1]['keypoints'].pop(),
        "annotation 2: 'keypoints' has 8 numbers",
    ),
    'text': (
        lambda d: d['annotations'][1]['keypoints'].__setitem__(3, 'x'),
        "annotation 2: 'keypoints' holds 'x' at c2; expected a number",
    ),
    'no keypoints': (
        lambda d: d['annotations'][0].pop('keypoints'),
        "annotation 1: has no 'keypoints'",
    ),
    'no image': (
        lambda d: d['annotations'][0].update(image_id=99),
        'annotation 1: image 99 is not among the images',
    ),
    'no such category': (
        lambda d: d['annotations'][0].update(category_id=8),
        'annotation 1: category_id is 8',
    ),
    'no images': (lambda d: d.update(images=[], annotations=[]), "the list 'images' is empty"),
    'no size': (
        lambda d: d['images'][2].pop('width'),
        'entry 2 (images/c.png): width is None; expected pixels',
    ),
    'no file': (lambda d: d['images'][2].update(file_name=3), 'entry 2 (image 9): file_name is 3'),
    'a file twice': (
        lambda d: d['images'][2].update(file_name='images/a.png'),
        'entry 2 (images/a.png): the picture is also that of entry 0',
    ),
    'no names': (lambda d: d['categories'][0].pop('keypoints'), "no category lists 'keypoints'"),
    'names are not': (
        lambda d: d['categories'][0].update(keypoints=[1]),
        "category 3: 'keypoints' is [1]; expected names",
    ),
    'a name twice': (
        lambda d: d['categories'][0].update(keypoints=['c1', 'c1', 'f1']),
        "category 3: 'keypoints' lists 'c1' more than once",
    ),
    'too few depths': (
        lambda d: d['annotations'][1].update(keypoints_depth=[1]),
        "annotation 2: 'keypoints_depth' is [1]; expected 3 numbers",
    ),
    'a depth is text': (
        lambda d: d['annotations'][1].update(keypoints_depth=[1, 'x', 2]),
        "annotation 2: 'keypoints_depth': c2 is 'x'; expected a number or null",
    ),
}


@pytest.mark.parametrize('case', BAD)
def test_bad_input_is_named_by_file_entry_and_keypoint(case):
    change, message = BAD[case]
    with pytest.raises(LandmarkError) as error:
        read(broken(change))
    assert str(error.value).startswith('x.json: ') and message in str(error.value)
    assert '\n' not in str(error.value)


def test_points_outside_are_dropped_and_counted_if_asked():
    pictures = read(broken(BAD['outside'][0]), outside='drop')
    assert pictures.counts().tolist() == [[2, 1], [2, 1], [0, 0]]
    assert pictures.left_out['keypoints outside the picture'] == 1


def test_too_many_keypoints_of_a_channel_are_an_error():
    assert len(read(max_keypoints=3)) == 3
    message = r"entry 1 \(images/b.png\): channel 'corner' has 3 keypoints; max_keypoints is 2"
    with pytest.raises(LandmarkError, match=message):
        read(max_keypoints={'corner': 2})


def test_a_file_is_read_as_its_content(tmp_path):
    path = write(tmp_path, coco_document())
    pictures = read_channel_coco(path, channels=CHANNELS)
    assert pictures.name == str(path)
    np.testing.assert_array_equal(pictures.points, read().points)


def test_the_sample_and_its_twin_agree(shared_data):
    folder = shared_data / 'channel_keypoints_sample'
    names = [f'box_corner{i}' for i in range(4)]
    coco = read_channel_coco(folder / 'coco_dataset.json', channels={'corner': names})
    raw = read_channel_json(
        folder / 'blender_dataset.json', channels={'corner': 'corner_keypoints'}
    )
    # only pictures 0 and 2 are labelled alike; y of the twin was typed in, to about a pixel
    for picture in (0, 2):
        a, b = coco.points[coco.rows(picture)], raw.points[raw.rows(picture)]
        np.testing.assert_allclose(a[:, 0], b[:, 0], atol=1e-5)
    twice = json.loads((folder / 'duplicate_coco_dataset.json').read_text())
    joined = read_channel_coco(twice, channels={'corner': names})
    assert joined.counts().sum() == coco.counts().sum() + 4
