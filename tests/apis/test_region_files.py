from __future__ import annotations

import csv
import json

import cv2
import numpy as np
import pytest

from mmlandmark.apis.region_files import crop_region_file
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import get_schema
from mmlandmark.synthetic.dogs_own import own_shapes

DOG = get_schema('dogflw46')


@pytest.fixture
def faces(tmp_path):
    """Three faces in two pictures; the third picture is not there, its face has no nose."""
    points = own_shapes(3) * 25 + [60, 60]
    visible = np.full((3, 46), 2)
    visible[2, DOG.indices('nose')] = 0
    values = np.concatenate([points, visible[..., None]], axis=-1) * (visible > 0)[..., None]
    annotations = [
        {
            'id': row + 5,
            'image_id': image,
            'category_id': 1,
            'bbox': [0, 0, 120, 120],
            'keypoints': values[row].ravel().tolist(),
            'keypoint_scores': [0.5] * 46,
        }
        for row, image in enumerate((1, 2, 2))
    ]
    names = {1: 'one.png', 2: 'deep/two.png', 3: 'unused.png'}
    images = [{'id': i, 'file_name': n, 'width': 120, 'height': 120} for i, n in names.items()]
    (tmp_path / 'images' / 'deep').mkdir(parents=True)
    for name in (names[1], names[2]):
        cv2.imwrite(str(tmp_path / 'images' / name), np.full((120, 120, 3), 90, np.uint8))
    content = {'images': images, 'annotations': annotations, 'categories': [DOG.to_category()]}
    path = tmp_path / 'faces.json'
    path.write_text(json.dumps(content))
    return path


def test_crops_overlays_and_a_table(faces, tmp_path):
    out, table = tmp_path / 'out', tmp_path / 'table.csv'
    report = crop_region_file(faces, out, regions=['eyes', 'nose'], overlay=True, statistics=table)
    assert report.crops == {'eyes': 3, 'nose': 2}
    assert report.empty['nose'] == {'no labelled point': 1}
    assert 'nose' in str(report)
    assert '1 no labelled point' in str(report)
    assert sorted(p.name for p in (out / 'nose').iterdir()) == ['deep_two_6.png', 'one_5.png']
    assert sorted(p.name for p in (out / 'overlay').iterdir()) == ['deep_two_2.png', 'one_1.png']
    rows = list(csv.DictReader(table.open()))
    assert len(rows) == 6
    (empty,) = [row for row in rows if row['reason']]
    assert (empty['annotation'], empty['region'], empty['x1']) == ('7', 'nose', '')
    assert {row['mean_score'] for row in rows if not row['reason']} == {'0.5'}


def test_own_groups(faces, tmp_path):
    own = tmp_path / 'own.yaml'
    own.write_text('look: [eyes, brows]\n')
    crop_region_file(faces, tmp_path / 'out', region_file=own, statistics=tmp_path / 's.json')
    rows = json.loads((tmp_path / 's.json').read_text())
    assert [row['region'] for row in rows] == ['look'] * 3
    assert {row['points'] for row in rows} == {10}


def test_unreadable_pictures_are_counted(faces, tmp_path):
    (tmp_path / 'images' / 'one.png').write_bytes(b'')
    report = crop_region_file(faces, tmp_path / 'out', regions=['eyes'])
    assert report.crops == {'eyes': 2}
    assert '1 pictures left out:' in str(report)
    assert 'one.png: the file is empty' in str(report)
    with pytest.raises(LandmarkError, match=r'one\.png: the file is empty'):
        crop_region_file(faces, tmp_path / 'strict', regions=['eyes'], strict=True)


def test_no_picture_at_all(faces, tmp_path):
    (tmp_path / 'away').mkdir()
    with pytest.raises(LandmarkError, match='no picture could be used; the first: one.png'):
        crop_region_file(faces, tmp_path / 'out', data_root=tmp_path / 'away')
    assert not (tmp_path / 'out').exists()


def test_pictures_of_another_size_are_not_cut(faces, tmp_path):
    picture = np.full((120, 90, 3), 90, np.uint8)
    cv2.imwrite(str(tmp_path / 'images' / 'one.png'), picture)
    report = crop_region_file(faces, tmp_path / 'out', regions=['eyes'])
    assert report.crops == {'eyes': 2}
    assert 'one.png: is 90x120, but the annotations are of 120x120' in report.problems[0]
    with pytest.raises(LandmarkError, match='their points do not fit'):
        crop_region_file(faces, tmp_path / 'strict', regions=['eyes'], strict=True)


@pytest.mark.parametrize('scores', [['high'] * 46, [[1]] * 46, [1] * 45, 'high', [True] * 46])
def test_scores_that_are_no_numbers(faces, tmp_path, scores):
    content = json.loads(faces.read_text())
    content['annotations'][1]['keypoint_scores'] = scores
    faces.write_text(json.dumps(content))
    with pytest.raises(LandmarkError, match=r"annotation 6: 'keypoint_scores' .* 46 numbers"):
        crop_region_file(faces, tmp_path / 'out')


def test_a_file_without_faces(faces, tmp_path):
    faces.write_text(json.dumps({**json.loads(faces.read_text()), 'annotations': []}))
    with pytest.raises(LandmarkError, match=r'faces\.json: holds no face'):
        crop_region_file(faces, tmp_path / 'out')


def test_the_table_may_lie_among_the_crops(faces, tmp_path):
    out = tmp_path / 'out'
    crop_region_file(faces, out, regions=['eyes'], statistics=out / 'table.csv')
    assert (out / 'table.csv').is_file()


@pytest.mark.parametrize(
    ('options', 'said'),
    [
        ({'regions': ['eyse']}, "did you mean 'eyes'"),
        ({'statistics': 'x.txt'}, r'ends in \.csv or \.json'),
        ({'margin': -1}, 'margin of regions is -1'),
    ],
)
def test_wrong_options(faces, tmp_path, options, said):
    with pytest.raises(LandmarkError, match=said):
        crop_region_file(faces, tmp_path / 'out', **options)


def test_a_full_folder_is_left_alone(faces, tmp_path):
    crop_region_file(faces, tmp_path / 'out', regions=['eyes'])
    with pytest.raises(LandmarkError, match='is not empty'):
        crop_region_file(faces, tmp_path / 'out', regions=['eyes'])
    crop_region_file(faces, tmp_path / 'out', regions=['eyes'], overwrite=True)
