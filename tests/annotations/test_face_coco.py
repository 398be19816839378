from pathlib import Path

import numpy as np
import pytest

from mmlandmark.annotations.face_coco import choose_faces, coco_document
from mmlandmark.annotations.face_release import RawFaces
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import get_schema

DOG = get_schema('dogflw46')
COUNT = 4


@pytest.fixture
def raw():
    points = np.random.default_rng(0).uniform(20, 60, (COUNT, 46, 2)).round(2)
    return RawFaces(
        root=Path('raw'),
        schema=DOG,
        files=[f'train/labels/n1_{row}.json' for row in range(COUNT)],
        pictures=['train/images/n1_0.jpg', None, None, None],
        parts=['train'] * COUNT,
        points=points,
        boxes=np.tile([10.0, 12, 70, 90], (COUNT, 1)),
        sizes=np.tile([100, 100], (COUNT, 1)),
        kept=np.ones(COUNT, dtype=bool),
        problems=[],
    )


def document(raw, rows=range(COUNT), **options):
    faces = choose_faces(raw, **options)
    groups = ['n1'] * COUNT
    return coco_document(faces, np.array(rows), groups, 'breed', {'seed': 3})


def test_an_annotation_has_all_fields(raw):
    written = document(raw, [0, 2])
    assert written['info'] == {'seed': 3}
    assert written['images'] == [
        {'id': 1, 'file_name': 'train/images/n1_0.jpg', 'width': 100, 'height': 100},
        {'id': 3, 'file_name': 'train/images/n1_2.png', 'width': 100, 'height': 100},
    ]
    keypoints = np.concatenate([raw.points[2], np.full((46, 1), 2)], axis=1).ravel().tolist()
    assert written['annotations'][1] == {
        'id': 3,
        'image_id': 3,
        'category_id': 1,
        'keypoints': keypoints,
        'num_keypoints': 46,
        'bbox': [10, 12, 60, 78],
        'bbox_source': 'annotation',
        'bbox_annotation': [10, 12, 60, 78],
        'area': 4680,
        'iscrowd': 0,
        'breed': 'n1',
    }


@pytest.mark.parametrize(('name', 'category'), [('dogflw46', 'dog_face'), ('face48', 'face48')])
def test_the_category_has_the_names_of_the_schema(raw, name, category):
    schema = get_schema(name)
    points = np.full((COUNT, schema.num_keypoints, 2), 30.0)
    points[:, 0] = 40
    faces = choose_faces(RawFaces(**{**vars(raw), 'schema': schema, 'points': points}))
    (written,) = coco_document(faces, np.array([0]), ['a'], 'breed', {})['categories']
    assert (written['id'], written['name']) == (1, category)
    assert written['keypoints'] == list(schema.keypoints)
    links = [(schema.keypoints[a - 1], schema.keypoints[b - 1]) for a, b in written['skeleton']]
    assert links == list(schema.skeleton)


def test_nothing_is_visible_at_the_origin_or_without_a_number(raw):
    raw.points[0, 5], raw.points[1, 7], raw.points[2, 9] = np.nan, (0, 0), (4e-8, -4e-8)
    faces = choose_faces(raw)
    annotations = document(raw)['annotations']
    for row, point in ((0, 5), (1, 7), (2, 9)):
        assert annotations[row]['keypoints'][3 * point : 3 * point + 3] == [0, 0, 0]
        assert annotations[row]['num_keypoints'] == 45
    assert faces.point_counts == {
        'points that are not numbers, unlabelled': 1,
        'points at (0, 0), unlabelled': 2,
        'points outside the picture, kept': 0,
    }


def test_points_outside_are_kept_or_dropped(raw):
    raw.points[0, 5], raw.points[0, 6], raw.points[0, 7] = (-0.5, 20), (100, 100), (30, 100.5)
    kept = document(raw)['annotations'][0]
    assert kept['num_keypoints'] == 46 and kept['keypoints'][15:18] == [-0.5, 20, 2]
    dropped = document(raw, outside='drop')['annotations'][0]
    assert dropped['num_keypoints'] == 44
    assert dropped['keypoints'][15:24] == [0, 0, 0, 100, 100, 2, 0, 0, 0]
    assert choose_faces(raw, outside='drop').point_counts[
        'points outside the picture, unlabelled'
    ] == 2  # fmt: skip
    with pytest.raises(LandmarkError, match=r"unknown choice 'dorp'.*did you mean 'drop'"):
        choose_faces(raw, outside='dorp')


def test_an_unknown_size_leaves_points_alone(raw):
    raw.sizes[0], raw.points[0, 0] = -1, (5000, 5000)
    assert document(raw, outside='drop')['annotations'][0]['num_keypoints'] == 46


@pytest.mark.parametrize(
    ('box', 'released'),
    [
        ([np.nan] * 4, None),
        ([70, 12, 10, 90], None),
        ([10, 12, 10, 90], [10, 12, 0, 78]),
        ([300, 300, 400, 410], [300, 300, 100, 110]),
    ],
)
def test_a_useless_box_is_replaced_and_the_release_said(raw, box, released):
    raw.boxes[1] = box
    annotation = document(raw, margin=0)['annotations'][1]
    low, high = raw.points[1].min(axis=0), raw.points[1].max(axis=0)
    np.testing.assert_allclose(annotation['bbox'], [*low, *(high - low)], atol=1e-6)
    assert annotation['bbox_source'] == 'landmarks'
    assert annotation['bbox_annotation'] == released


def test_a_face_that_keeps_nothing_is_left_out(raw):
    raw.points[1] = -5
    raw.points[2, 1:], raw.boxes[2] = np.nan, np.nan
    raw.points[3, 1:], raw.kept[3] = np.nan, False
    faces = choose_faces(raw, outside='drop')
    assert faces.kept.tolist() == [True, False, False, False]
    assert [str(problem) for problem in faces.problems] == [
        'train/labels/n1_1.json: no labelled point',
        'train/labels/n1_2.json: no box of any area',
    ]
