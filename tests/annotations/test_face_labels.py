import json

import numpy as np
import pytest

from mmlandmark.annotations.face_labels import read_face_label
from mmlandmark.errors import LandmarkError


@pytest.fixture
def label(tmp_path):
    def write(text):
        path = tmp_path / 'label.json'
        path.write_text(text if isinstance(text, str) else json.dumps(text), encoding='utf-8')
        return path

    return write


POINTS = [[1.5, 2], [3, 4.25]]
BOX = [10, 20.5, 30, 40]


@pytest.mark.parametrize('points', ['labels', 'landmarks'])
@pytest.mark.parametrize('boxes', ['bounding_boxes', 'bbox'])
@pytest.mark.parametrize(
    'box', [BOX, ['10', '20.5', ' 30', '40.0'], '10 20.5 30 40', '[10, 20.5, 30, 40]', [BOX]]
)
def test_every_spelling_is_read(label, points, boxes, box):
    read, frame = read_face_label(label({points: POINTS, boxes: box}))
    np.testing.assert_array_equal(read, POINTS)
    np.testing.assert_array_equal(frame, BOX)


def test_points_may_be_texts(label):
    read, _ = read_face_label(label({'labels': [['1.5', '2'], ['3', 4.25]]}))
    np.testing.assert_array_equal(read, POINTS)


@pytest.mark.parametrize(
    'point', ['[NaN, NaN]', '[NaN, 3]', '[null, null]', 'null', '[Infinity, 2]', '["nan", 1]']
)
def test_what_is_no_number_is_no_point(label, point):
    read, _ = read_face_label(label(f'{{"labels": [[1, 2], {point}, [3, 4]]}}'))
    np.testing.assert_array_equal(read, [[1, 2], [np.nan, np.nan], [3, 4]])


@pytest.mark.parametrize(
    'box',
    ['[1, 2, 3]', '[]', 'null', '"no box"', '[1, 2, 3, null]', '[1, 2, 3, NaN]', '{}',
     '[1, 2, 3, "x"]', '[true, 2, 3, 4]', '[[1, 2, 3, 4], [5, 6, 7, 8]]'],
)  # fmt: skip
def test_a_malformed_box_is_nan_and_the_points_stay(label, box):
    points, frame = read_face_label(label(f'{{"labels": [[1, 2]], "bounding_boxes": {box}}}'))
    assert np.isnan(frame).all() and points.tolist() == [[1, 2]]


def test_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / 'label.json'
    path.write_bytes(b'\xef\xbb\xbf{"labels": [[1, 2]]}')
    assert read_face_label(path)[0].tolist() == [[1, 2]]


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ('', 'the file is empty'),
        ('{"labels": [[1, 2]', 'not JSON: '),
        ('[' * 100_000, 'not JSON: '),
        ('[]', 'holds a list; expected an object'),
        ('{"points": []}', 'has none of labels, landmarks'),
        ('{"labels": {}}', "'labels' is a dict; expected a list of points"),
        ('{"labels": [[1, 2], [3, 4, 5]]}', r'point 1 is \[3, 4, 5\]; expected x and y'),
        ('{"labels": [1, 2]}', 'point 0 is 1; expected x and y'),
        ('{"labels": [[1, "x"]]}', 'expected two numbers'),
        ('{"labels": [[1, true]]}', 'expected two numbers'),
        ('{"labels": [[1, 1' + '0' * 400 + ']]}', 'expected two numbers'),
    ],
)
def test_what_is_wrong_is_said(label, content, message):
    with pytest.raises(LandmarkError, match=message):
        read_face_label(label(content))


def test_a_missing_file_and_foreign_bytes(tmp_path):
    with pytest.raises(LandmarkError, match='cannot be read: No such file'):
        read_face_label(tmp_path / 'none.json')
    path = tmp_path / 'x.json'
    path.write_bytes(b'\xff\xfe\x00')
    with pytest.raises(LandmarkError, match='not JSON: '):
        read_face_label(path)
