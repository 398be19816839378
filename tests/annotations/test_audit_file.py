"""COCO files with every kind of defect: read as far as they can be, and told."""

import json
from collections import Counter

import numpy as np
import pytest
from coco_files import SQUARE, make_coco, save, square_points

from mmlandmark.annotations import audit_file
from mmlandmark.annotations.audit_file import read_for_audit
from mmlandmark.annotations.audit_values import UNREADABLE, WRONG_COUNT
from mmlandmark.annotations.reader import read_coco_keypoints
from mmlandmark.errors import LandmarkError


@pytest.fixture
def data():
    return make_coco(square_points(12))


def read(tmp_path, data, schema=SQUARE, **options):
    return read_for_audit(save(tmp_path / 'file.json', data), schema, **options)


def problems(file):
    return {(problem.file, problem.reason) for problem in file.problems}


def test_a_good_file_gives_what_the_strict_reader_gives(tmp_path, data):
    file, strict = read(tmp_path, data), read_coco_keypoints(data, SQUARE)
    np.testing.assert_array_equal(file.points, strict.points)
    np.testing.assert_array_equal(file.visible, strict.visible > 0)
    np.testing.assert_array_equal(file.boxes, strict.bboxes)
    assert file.sizes.tolist() == [[640, 480]] * 12
    assert file.names[0] == 'annotation 1 (0001.jpg)'
    assert file.pictures['0012.jpg'] == (640, 480)
    assert (file.problems, file.notes) == ([], ())


def test_names_in_another_order_are_brought_into_that_of_the_schema(tmp_path, data):
    expected = read(tmp_path, data).points
    order = [2, 0, 3, 1]
    data['categories'][0]['keypoints'] = [SQUARE.keypoints[index] for index in order]
    for annotation in data['annotations']:
        rows = np.array(annotation['keypoints']).reshape(4, 3)[order]
        annotation['keypoints'] = rows.ravel().tolist()
    np.testing.assert_array_equal(read(tmp_path, data).points, expected)


def test_numbers_that_are_none_stay_nan(tmp_path, data):
    data['annotations'][2]['keypoints'][4] = None
    data['annotations'][3]['keypoints'][0] = float('nan')
    file = read(tmp_path, data)
    assert np.argwhere(~np.isfinite(file.points)).tolist() == [[2, 1, 1], [3, 0, 0]]
    assert file.problems == []


def test_entries_that_cannot_be_used_are_named_and_the_rest_is_read(tmp_path, data):
    annotations, images = data['annotations'], data['images']
    annotations[0]['keypoints'] = annotations[0]['keypoints'][:-3]
    annotations[1]['keypoints'] = 'none'
    annotations[2]['image_id'] = 99
    annotations[3]['image_id'] = [4]
    annotations[4]['id'] = 6
    annotations[6]['id'] = 'seven'
    annotations[7]['keypoints'][2] = 3
    annotations[8]['num_keypoints'] = 3
    annotations.append('no object')
    images.append({'id': 50, 'file_name': 'alone.jpg', 'width': 9, 'height': 9})
    images.append({'id': 1, 'file_name': 'again.jpg'})
    file = read(tmp_path, data)
    assert problems(file) == {
        ('annotation 1 (0001.jpg)', WRONG_COUNT),
        ('annotation 2 (0002.jpg)', UNREADABLE),
        ('annotation 3', audit_file.NO_IMAGE),
        ('annotation 4', audit_file.NO_IMAGE),
        ('annotation 6', audit_file.SAME_ID),
        ('annotation number 7 of the list', audit_file.BROKEN_ENTRY),
        ('annotation number 13 of the list', audit_file.BROKEN_ENTRY),
        ('annotation 8 (0008.jpg)', audit_file.WRONG_VISIBILITY),
        ('annotation 9 (0009.jpg)', audit_file.WRONG_SUM),
        ('image 1', audit_file.SAME_ID),
        # whose annotations could not be used
        *((name, audit_file.NO_ANNOTATION) for name in ('0003.jpg', '0004.jpg', '0006.jpg')),
        *((name, audit_file.NO_ANNOTATION) for name in ('0007.jpg', 'alone.jpg')),
    }
    assert len(file.names) == 12 - 6
    assert file.file_names[0] == '0005.jpg'


def test_crowds_and_other_categories_are_notes(tmp_path, data):
    annotations = data['annotations']
    annotations[0].update(iscrowd=1, keypoints=[])
    annotations[1].update(num_keypoints=0, keypoints=[0] * 12)
    annotations[2].update(category_id=2)
    data['categories'].append({'id': 2, 'name': 'other'})
    file = read(tmp_path, data, schema=None)
    assert file.schema.keypoints == SQUARE.keypoints
    assert file.problems == []
    assert file.notes == (
        '1 annotations of categories with other keypoints, not checked',
        '2 annotations without keypoints (crowds, num_keypoints 0), not checked',
    )
    assert len(file.names) == 9


def test_a_sum_of_zero_hides_no_labelled_points(tmp_path, data):
    data['annotations'][3]['num_keypoints'] = 0
    file = read(tmp_path, data)
    assert len(file.names) == 12 and file.notes == ()
    assert problems(file) == {('annotation 4 (0004.jpg)', audit_file.WRONG_SUM)}


def test_a_given_schema_stands_in_for_names_that_are_missing(tmp_path, data):
    del data['categories'][0]['keypoints']
    assert len(read(tmp_path, data).names) == 12
    with pytest.raises(LandmarkError, match='file.json: no category lists keypoint names'):
        read(tmp_path, data, schema=None)


def test_boxes_of_another_key(tmp_path, data):
    data['annotations'][0]['bbox_annotation'] = [1, 2, 3, 4]
    file = read(tmp_path, data, bbox_field='bbox_annotation')
    assert file.boxes[0].tolist() == [1, 2, 4, 6]
    assert np.isnan(file.boxes[1:]).all()
    with pytest.raises(LandmarkError, match=r"under 'bbox_anotation' \(did you mean 'bbox_annot"):
        read(tmp_path, data, bbox_field='bbox_anotation')


def test_images_without_name_or_size(tmp_path, data):
    for image in data['images']:
        image.pop('file_name')
        image['width'] = '640'
    file = read(tmp_path, data)
    assert file.names[0] == 'annotation 1'
    assert problems(file) == {(f'image {n}', audit_file.NO_FILE_NAME) for n in range(1, 13)}
    assert (file.sizes < 1).all()


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ('', 'the file is empty'),
        ('{"images": [', 'truncated'),
        ('[]', 'holds a list; expected a COCO object'),
        ('{"images": [], "annotations": []}', "has no list 'categories'"),
        ('{"images": [], "annotations": [], "categories": [3]}', 'category 3; expected an object'),
        ('{"images": [NaN], "annotations": 3, "categories": []}', "has no list 'annotations'"),
    ],
)
def test_files_that_are_no_coco_file_are_one_line(tmp_path, content, message):
    (tmp_path / 'file.json').write_text(content)
    with pytest.raises(LandmarkError, match='file.json: .*' + message) as error:
        read_for_audit(tmp_path / 'file.json')
    assert '\n' not in str(error.value)


def test_a_file_without_one_readable_annotation_is_an_error(tmp_path, data):
    for annotation in data['annotations']:
        annotation['keypoints'] = [1, 2, 2]
    with pytest.raises(LandmarkError, match=r'no annotation has .* annotation 1 \(0001.jpg\): '):
        read(tmp_path, data)


def test_reads_the_real_samples_of_many_data_sets(shared_data):
    results = Counter()
    for path in sorted(shared_data.glob('mmpose_samples/*/*.json')):
        try:
            read_for_audit(path)
        except LandmarkError as error:
            assert str(path) in str(error)
            results['refused'] += 1
        else:
            results['read'] += 1
    if not results:
        pytest.skip('no samples of MMPose')
    assert results['read'] > results['refused'] / 2


def test_a_file_with_nan_is_read_like_one_with_null(tmp_path, data):
    data['annotations'][5]['keypoints'][0] = None
    with_null = read(tmp_path, data)
    text = json.dumps(data).replace('null', 'NaN')
    (tmp_path / 'nan.json').write_text(text)
    np.testing.assert_array_equal(
        read_for_audit(tmp_path / 'nan.json', SQUARE).points, with_null.points
    )
