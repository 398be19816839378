import copy

import numpy as np
import pytest
from coco_files import SQUARE, make_coco, save, square_points

from mmlandmark.annotations.reader import read_coco, read_coco_keypoints
from mmlandmark.errors import LandmarkError


@pytest.fixture
def data():
    return make_coco(square_points(4))


def test_a_file_becomes_arrays(tmp_path, data):
    points = square_points(4)
    data['annotations'][1]['keypoints'][2::3] = [0, 1, 2, 2]
    del data['annotations'][2]['bbox']
    coco = read_coco_keypoints(save(tmp_path / 'x.json', data), SQUARE)
    assert len(coco) == 4
    np.testing.assert_allclose(coco.points[0], points[0])
    assert coco.points[1, 0].tolist() == [0, 0], 'what stands at an unlabelled point is dropped'
    assert coco.visible[1].tolist() == [0, 1, 2, 2]
    assert coco.ids.tolist() == [1, 2, 3, 4]
    np.testing.assert_allclose(coco.bboxes[0, :2], points[0].min(axis=0))
    assert np.isnan(coco.bboxes[2]).all()


def test_points_of_a_category_in_another_order_are_reordered(data):
    shuffled = copy.deepcopy(data)
    order = [2, 0, 3, 1]
    shuffled['categories'][0]['keypoints'] = [SQUARE.keypoints[i] for i in order]
    for annotation in shuffled['annotations']:
        rows = np.reshape(annotation['keypoints'], (4, 3))[order]
        annotation['keypoints'] = rows.ravel().tolist()
    expected, found = (read_coco_keypoints(d, SQUARE) for d in (data, shuffled))
    np.testing.assert_array_equal(found.points, expected.points)
    np.testing.assert_array_equal(found.visible, expected.visible)


def test_other_categories_and_crowds_are_left_out_and_counted(data):
    data['categories'].append({'id': 2, 'name': 'car'})
    data['annotations'][0]['category_id'] = 2
    data['annotations'][1]['iscrowd'] = 1
    data['annotations'][2]['num_keypoints'] = 0
    for annotation in data['annotations'][:3]:
        del annotation['keypoints']
    coco = read_coco_keypoints(data, SQUARE)
    assert (len(coco), coco.other_category, coco.without_keypoints) == (1, 1, 2)
    assert coco.rows.tolist() == [3]


def _no_keypoints(data):
    del data['annotations'][1]['keypoints']


def _duplicate_id(data):
    data['annotations'][1]['id'] = 3


def _duplicate_image(data):
    data['images'][1]['id'] = 3


def _unknown_image(data):
    data['annotations'][1]['image_id'] = 99


def _text_id(data):
    data['annotations'][1]['id'] = '2'


def _float_id(data):
    data['annotations'][1]['id'] = 2.0


def _no_id(data):
    del data['annotations'][1]['id']


def _no_category(data):
    del data['annotations'][1]['category_id']


def _no_list(data):
    data['annotations'] = {}


def _no_images(data):
    del data['images']


def _not_an_object(data):
    data['annotations'][1] = [1, 2]


def _short(data):
    data['annotations'][1]['keypoints'].pop()


@pytest.mark.parametrize(
    ('spoil', 'said'),
    [
        (_no_keypoints, "annotation 2: has no 'keypoints'"),
        (_duplicate_id, '2 annotations have id 3'),
        (_duplicate_image, '2 images have id 3'),
        (_unknown_image, 'annotation 2: image 99 is not among the images'),
        (_text_id, "annotation number 2 of the list: 'id' is '2'; expected an integer"),
        (_float_id, "'id' is 2.0"),
        (_no_id, "number 2 of the list .* has no 'id'"),
        (_no_category, "has no 'category_id'"),
        (_no_list, "no list 'annotations'"),
        (_no_images, "no list 'images'"),
        (_not_an_object, 'expected an object'),
        (_short, "annotation 2: .* 12 numbers: the 4 keypoints of schema 'square' for a test"),
    ],
)
def test_every_defect_names_the_file_and_the_entry(tmp_path, data, spoil, said):
    spoil(data)
    path = save(tmp_path / 'x.json', data)
    with pytest.raises(LandmarkError, match=said) as error:
        read_coco_keypoints(path, SQUARE, purpose=' for a test')
    assert str(error.value).startswith(f'{path}: ')
    assert '\n' not in str(error.value)


def test_a_list_is_not_a_coco_file(tmp_path):
    with pytest.raises(LandmarkError, match='holds a list'):
        read_coco(save(tmp_path / 'x.json', [1]))


def test_reading_leaves_the_given_object_as_it_is(data):
    before = copy.deepcopy(data)
    read_coco_keypoints(data, SQUARE)
    assert data == before


def test_no_annotation_is_no_error_of_the_reader(data):
    data['annotations'] = []
    coco = read_coco_keypoints(data, SQUARE)
    assert coco.points.shape == (0, 4, 2)
