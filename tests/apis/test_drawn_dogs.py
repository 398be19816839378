from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from mmlandmark.annotations.reader import read_coco_keypoints
from mmlandmark.apis.drawn_dogs import draw_dogs
from mmlandmark.apis.face_release import convert_face_release
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import get_schema
from mmlandmark.synthetic.dogs_own import own_shapes

DOG = get_schema('dogflw46')


def test_pictures_and_files_fit_and_no_breed_is_in_two_parts(tmp_path):
    report = draw_dogs(tmp_path / 'dogs', count=20, per_breed=2, size=48, seed=1)
    assert report.pictures == {'train': 14, 'val': 2, 'test': 4}
    assert report.breeds == {'train': 7, 'val': 1, 'test': 2}
    assert 'proportions of our own' in str(report)
    breeds, ids = [], []
    for part, count in report.pictures.items():
        path = tmp_path / 'dogs' / 'annotations' / f'{part}.json'
        file = read_coco_keypoints(path, DOG)
        assert len(file) == count
        breeds.append({a['breed'] for a in file.annotations})
        ids += file.ids.tolist()
        for image in file.data['images']:
            picture = cv2.imread(str(tmp_path / 'dogs' / image['file_name']))
            assert picture.shape == (image['height'], image['width'], 3)
    assert sorted(ids) == list(range(1, 21))
    assert not (breeds[0] & breeds[1] or breeds[0] & breeds[2] or breeds[1] & breeds[2])


def test_labels_of_a_file_and_of_a_release(tmp_path):
    points = own_shapes(8) * 30 + 60
    points[3, 5] = np.nan
    folder = tmp_path / 'raw' / 'train' / 'labels'
    folder.mkdir(parents=True)
    for row, face in enumerate(points[:6].tolist()):
        (folder / f'n1_{row}.json').write_text(
            json.dumps({'labels': face, 'bounding_boxes': [0, 0, 99, 99]})
        )
    (folder / 'n1_9.json').write_text('{')
    options = {'count': 10, 'per_breed': 1, 'size': 40}
    report = draw_dogs(tmp_path / 'a', labels=tmp_path / 'raw', **options)
    assert (report.fitted, report.excluded) == (5, 2)
    assert '5 labelled faces, 2 incomplete ones left out' in str(report)
    again = draw_dogs(
        tmp_path / 'b', labels=tmp_path / 'a' / 'annotations' / 'train.json', **options
    )
    assert (again.fitted, again.excluded) == (7, 0)


def test_a_raw_release_holds_the_same_dogs(tmp_path):
    options = {'count': 20, 'per_breed': 2, 'size': 48, 'seed': 1}
    draw_dogs(tmp_path / 'coco', **options)
    report = draw_dogs(tmp_path / 'raw', raw=True, **options)
    assert report.pictures == {'train': 16, 'test': 4}
    assert report.breeds == {'train': 8, 'test': 2}
    result = convert_face_release(tmp_path / 'raw', tmp_path / 'out', val_fraction=0.2)
    breeds = {part: {result.groups[row] for row in rows} for part, rows in result.parts.items()}
    assert {part: len(names) for part, names in breeds.items()} == {'train': 6, 'val': 2, 'test': 2}
    given, read = (
        read_coco_keypoints(tmp_path / folder / 'test.json', DOG)
        for folder in ('coco/annotations', 'out')
    )
    np.testing.assert_allclose(np.sort(read.points, 0), np.sort(given.points, 0), atol=0.01)
    np.testing.assert_allclose(np.sort(read.bboxes, 0), np.sort(given.bboxes, 0), atol=0.02)
    with pytest.raises(LandmarkError, match=r'labels: is not empty'):
        draw_dogs(tmp_path / 'raw', raw=True, overwrite=True, **options)


@pytest.mark.parametrize(
    ('options', 'said'),
    [
        ({'count': 4}, "part 'val' gets 0 of 1 breeds"),
        ({'count': 20, 'per_breed': 1, 'val_fraction': 0.9, 'test_fraction': 0.2}, "'train'"),
        ({'count': 0}, '0 pictures'),
        ({'count': 20, 'per_breed': 1, 'size': 5}, 'pictures of 5 pixels'),
        ({'count': 20, 'per_breed': 1, 'labels': 'none.json'}, 'none.json: cannot be read'),
        ({'count': 20, 'per_breed': 1, 'seed': -1}, 'seed -1; expected 0 or more'),
        ({'count': 20, 'per_breed': 1, 'val_fraction': float('nan')}, 'share of val is nan'),
        ({'count': 20, 'per_breed': 1, 'test_fraction': -0.1}, 'share of test is -0.1'),
    ],
)
def test_wrong_options(tmp_path, options, said):
    with pytest.raises(LandmarkError, match=said):
        draw_dogs(tmp_path / 'dogs', **options)
    assert not (tmp_path / 'dogs').exists()


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(LandmarkError, match='file is a file; expected a folder to write to'):
        draw_dogs(tmp_path / 'file' / 'dogs', count=10, per_breed=1, size=32)


def test_files_are_not_replaced_unasked(tmp_path):
    options = {'count': 10, 'per_breed': 1, 'size': 32}
    draw_dogs(tmp_path, **options)
    with pytest.raises(LandmarkError, match=r'train\.json: exists'):
        draw_dogs(tmp_path, **options)
    draw_dogs(tmp_path, overwrite=True, **options)
