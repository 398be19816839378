import numpy as np
import pytest
from coco_files import CROSS, SQUARE, make_coco, make_pairs, save

from mmlandmark.annotations.pairs import read_pairs
from mmlandmark.errors import LandmarkError


def two_files(tmp_path, data):
    """Return the paths of a pair file's two sides, the second in reverse and with other ids."""
    source = {**data, 'annotations': [dict(a) for a in data['annotations']]}
    target = {**data, 'categories': [{'id': 1, 'keypoints': list(CROSS.keypoints)}]}
    target['annotations'] = [
        {
            'id': a['id'] + 100,
            'image_id': a['image_id'],
            'category_id': 1,
            'bbox': a['bbox'],
            'keypoints': a['keypoints_target'],
            'head_size': a.pop('head_size'),
        }
        for a in reversed(source['annotations'])
    ]
    return save(tmp_path / 's.json', source), save(tmp_path / 't.json', target)


def test_one_file_and_two_files_give_the_same_pairs(tmp_path):
    data = make_pairs()
    one = read_pairs(data, SQUARE, CROSS)
    source, target = two_files(tmp_path, data)
    two = read_pairs(source, SQUARE, CROSS, target_ann_file=target, join='box')
    for name in ('source_points', 'target_points', 'target_visible', 'ids', 'source_boxes'):
        np.testing.assert_array_equal(getattr(two, name), getattr(one, name))
    np.testing.assert_array_equal(two.numbers('head_size'), one.numbers('head_size'))
    with pytest.raises(LandmarkError, match='no usable pair'):
        read_pairs(source, SQUARE, CROSS, target_ann_file=target, join='id')
    with pytest.raises(LandmarkError, match=r"unknown join 'bx' \(did you mean 'box'"):
        read_pairs(source, SQUARE, CROSS, target_ann_file=target, join='bx')


def test_what_is_left_out_is_counted():
    data = make_pairs(10)
    annotations = data['annotations']
    annotations[0]['keypoints'][2::3] = [0, 0, 2, 2]
    annotations[1]['keypoints_target'][2::3] = [0, 0, 0]
    annotations[2]['iscrowd'] = 1
    del annotations[3]['keypoints_target']
    annotations[3]['num_keypoints_target'] = 0
    pairs = read_pairs(data, SQUARE, CROSS)
    assert pairs.ids.tolist() == [5, 6, 7, 8, 9, 10]
    assert pairs.excluded == {
        'other category': 0,
        'crowd or without keypoints': 1,
        'source without target': 1,
        'target without source': 0,
        'ambiguous': 0,
        'fewer than 3 source points': 1,
        'fewer than 1 target points': 1,
    }


def test_no_pair_is_an_error():
    data = make_pairs(2)
    with pytest.raises(LandmarkError, match='no usable pair is left'):
        read_pairs(data, SQUARE, CROSS, min_source_points=5)


def test_a_wrong_number_of_points_names_the_annotation_and_both_schemas():
    data = make_pairs(3)
    data['annotations'][1]['keypoints_target'] += [1, 1, 2]
    with pytest.raises(LandmarkError) as error:
        read_pairs(data, SQUARE, CROSS)
    assert "annotation 2: 'keypoints_target' has 12 numbers (4 keypoints)" in str(error.value)
    assert "'cross'" in str(error.value) and "'square'" in str(error.value)


def test_the_box_of_the_points_stands_in_for_a_missing_box():
    data = make_pairs(3)
    for annotation in data['annotations']:
        del annotation['bbox']
    pairs = read_pairs(data, SQUARE, CROSS)
    np.testing.assert_allclose(pairs.source_boxes[:, :2], pairs.source_points.min(axis=1))
    np.testing.assert_allclose(pairs.target_boxes[:, 2:], pairs.target_points.max(axis=1))


def test_groups_come_from_image_file_or_field():
    pairs = read_pairs(make_pairs(12), SQUARE, CROSS)
    assert pairs.groups('image_id')[:2] == [1, 2]
    assert pairs.groups('file_name')[:2] == ['0001.jpg', '0002.jpg']
    assert pairs.groups('identity')[9:11] == ['person 9', 'person 0']
    with pytest.raises(LandmarkError, match=r"annotation 1: has no 'identiy' .*'identity'"):
        pairs.groups('identiy')
    with pytest.raises(LandmarkError, match="'bbox' is"):
        pairs.groups('bbox')


def test_extra_numbers_are_nan_where_absent_and_refused_where_no_number():
    data = make_pairs(3)
    del data['annotations'][1]['head_size']
    pairs = read_pairs(data, SQUARE, CROSS)
    np.testing.assert_array_equal(pairs.numbers('head_size'), [10, np.nan, 12])
    assert pairs.numbers('weight') is None
    with pytest.raises(LandmarkError, match="annotation 1: 'identity' is 'person 0'"):
        pairs.numbers('identity')


def test_a_file_of_one_side_is_refused():
    with pytest.raises(LandmarkError, match="lists no 'keypoints_target' names"):
        read_pairs(make_coco(np.zeros((2, 4, 2))), SQUARE, CROSS)
