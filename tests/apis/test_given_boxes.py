"""Boxes by place, by name and from files; wrong ones told with their picture."""

import json

import numpy as np
import pytest

pytest.importorskip('mmpose')
from mmlandmark.apis.given_boxes import GivenBoxes, box_array, box_problems, read_boxes
from mmlandmark.errors import LandmarkError


def coco(tmp_path, *annotations):
    images = [{'id': 4, 'file_name': 'train/a.png'}, {'id': 9, 'file_name': 'train/b.png'}]
    path = tmp_path / 'boxes.json'
    path.write_text(
        json.dumps({'images': images, 'annotations': annotations, 'categories': []}), 'utf-8'
    )
    return path


def test_boxes_of_a_coco_file_are_corners_by_file_name(tmp_path):
    path = coco(
        tmp_path,
        {'id': 1, 'image_id': 9, 'bbox': [10, 20, 30, 40]},
        {'id': 2, 'image_id': 9, 'bbox': [1, 2, 3, 4]},
        {'id': 3, 'image_id': 9, 'bbox': [0, 0, 9, 9], 'iscrowd': 1},
    )
    boxes = read_boxes(path)
    assert boxes['train/b.png'].tolist() == [[10, 20, 40, 60], [1, 2, 4, 6]]
    assert boxes['train/a.png'].shape == (0, 4)


def test_names_may_lack_folders_at_their_start():
    given = GivenBoxes({'train/a.png': [0, 0, 1, 1], 'train/b.png': [], 'test/b.png': [0, 0, 2, 2]})
    for name, count in (('data/train/a.png', 1), ('a.png', 1), ('x/test/b.png', 1)):
        boxes, problem = given.of(name)
        assert (len(boxes), problem) == (count, '')
    boxes, problem = given.of('b.png')  # of which folder?
    assert (len(boxes), problem) == (0, 'b.png: no boxes were given for this picture')
    assert given.unused() == ['train/b.png']


def test_boxes_in_order_must_be_as_many_as_pictures():
    given = GivenBoxes([[[0, 0, 5, 5]], []])
    assert len(given.of('a')[0]) == 1
    assert given.unused() == ['picture 1']
    assert len(given.of('b')[0]) == 0
    with pytest.raises(LandmarkError, match=r'^c: boxes were given for 2 pictures.*picture 3'):
        given.of('c')


def test_a_single_picture_takes_one_box_or_many():
    for boxes, count in (([0, 0, 5, 5], 1), ([[0, 0, 5, 5]] * 3, 3), ([], 0)):
        assert GivenBoxes(boxes, single=True).of('a')[0].shape == (count, 4)


@pytest.mark.parametrize('boxes', [[1, 2, 3], [[1, 2, 3, 'x']], [[1, 2], [3]], [[[0, 0, 1, 1]]]])
def test_what_is_no_box_is_told(boxes):
    with pytest.raises(LandmarkError, match='^dog: boxes are .* expected rows of four numbers'):
        box_array(boxes, 'dog')


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        ('[]', 'holds a list; expected a COCO file or'),
        ('{"a.png": [[1, 2, 3]]}', r'boxes\.json: a\.png: boxes are'),
        ('{"a.png": [[1, NaN, 3, 4]]}', 'finite'),
        ('', 'empty'),
    ],
)
def test_wrong_files_are_one_line(tmp_path, content, words):
    path = tmp_path / 'boxes.json'
    path.write_text(content, 'utf-8')
    with pytest.raises(LandmarkError, match=words):
        GivenBoxes(path)


def test_wrong_coco_boxes_name_their_annotation(tmp_path):
    path = coco(tmp_path, {'id': 7, 'image_id': 9, 'bbox': [1, 2, -3, 4]})
    with pytest.raises(LandmarkError, match="annotation 7: 'bbox'"):
        read_boxes(path)


def test_box_problems():
    boxes = np.array(
        [
            [0, 0, 5, 5],
            [-5, -5, 1, 1],
            [3, 3, 3, 9],
            [100, 0, 120, 9],
            [0, -9, 5, 0],
            [0, 0, 5, np.inf],
        ]
    )
    told = [problem.partition('] ')[2] for problem in box_problems(boxes, (100, 50))]
    outside = 'is outside the picture (100x50)'
    assert told == ['', '', 'has no area', outside, outside, 'is not four finite numbers']
    assert box_problems(np.empty((0, 4)), (100, 50)) == []
