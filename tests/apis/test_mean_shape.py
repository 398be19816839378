from __future__ import annotations

import json

import numpy as np
import pytest

from mmlandmark.apis.mean_shape import FRAMES, MEAN_SHAPE, mean_shape_baseline
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import get_schema
from mmlandmark.synthetic.dogs_own import own_shapes

DOG = get_schema('dogflw46')


def write(path, points, boxes, first=1, predicted=None):
    visible = np.full((len(points), 46, 1), 2)
    rows = np.concatenate([points, visible], axis=2).reshape(len(points), -1).tolist()
    annotations = [
        {'id': first + i, 'image_id': 1, 'category_id': 1, 'bbox': box, 'keypoints': row}
        for i, (row, box) in enumerate(zip(rows, boxes, strict=True))
    ]
    category = DOG.to_category()
    if predicted is not None:
        category['keypoints_target'] = category['keypoints']
        for annotation, points_of in zip(annotations, predicted, strict=True):
            annotation['keypoints_target'] = annotation['keypoints']
            values = np.concatenate([points_of, np.full((46, 1), 2)], axis=1)
            annotation['keypoints'] = values.ravel().tolist()
    content = {'images': [{'id': 1}], 'annotations': annotations, 'categories': [category]}
    path.write_text(json.dumps(content))
    return path


@pytest.fixture
def faces(tmp_path):
    """Two training faces that are the same in their boxes, and a test face off by a shift."""
    shape = own_shapes(1)[0] * 20 + 50
    wide = shape * [2, 3] + [10, 5]
    train = write(
        tmp_path / 'train.json', np.stack([shape, wide]), [[0, 0, 100, 100], [10, 5, 200, 300]]
    )
    moved = shape + [3, 4]
    test = write(tmp_path / 'test.json', moved[None], [[0, 0, 100, 100]], first=7)
    return train, test, moved


def test_the_figure_by_hand(faces):
    train, test, moved = faces
    report = mean_shape_baseline(train, test)
    result = report.results[MEAN_SHAPE]
    eyes = moved[DOG.indices(['right_eye_outer', 'left_eye_outer'])]
    assert result.value == pytest.approx(100 * 5 / np.linalg.norm(eyes[1] - eyes[0]), rel=1e-5)
    assert (result.num_instances, result.num_points, result.num_excluded) == (1, 46, 0)
    assert report.train == 2
    assert 'NME/eye_outer (x100)' in report.table()
    json.dumps(report.to_json(), allow_nan=False)


def test_models_stand_beside_it(faces, tmp_path):
    train, test, moved = faces
    good = write(tmp_path / 'good.json', moved[None], [[0, 0, 100, 100]], 7, moved[None] + 0.6)
    report = mean_shape_baseline(train, test, predictions=[good])
    assert list(report.results) == [MEAN_SHAPE, 'good']
    assert 0 < report.results['good'].value < report.results[MEAN_SHAPE].value
    assert report.results['good'].num_points == 46


def test_predictions_of_other_faces(faces, tmp_path):
    train, test, moved = faces
    other = write(tmp_path / 'other.json', moved[None], [[0, 0, 100, 100]], 8, moved[None])
    with pytest.raises(LandmarkError, match='expected predictions of the same faces'):
        mean_shape_baseline(train, test, predictions=[other])
    labels = write(tmp_path / 'labels.json', moved[None] + 1, [[0, 0, 9, 9]], 7, moved[None])
    with pytest.raises(LandmarkError, match='its labels are not those of'):
        mean_shape_baseline(train, test, predictions=[labels])


def test_a_face_without_a_box(faces, tmp_path):
    train, test, _ = faces
    content = json.loads(test.read_text())
    del content['annotations'][0]['bbox']
    test.write_text(json.dumps(content))
    with pytest.raises(LandmarkError, match='annotation 7 has no box'):
        mean_shape_baseline(train, test)
    content['annotations'][0]['bbox'] = [0, 0, 10, 0]
    test.write_text(json.dumps(content))
    with pytest.raises(LandmarkError, match=r'test\.json: box 0 is .*positive area'):
        mean_shape_baseline(train, test)


def test_other_figures_of_both_frames(faces, tmp_path):
    train, test, moved = faces
    for path, sizes in ((train, (400, 500)), (test, (200, 250))):
        content = json.loads(path.read_text())
        content['images'][0].update(width=sizes[0], height=sizes[1])
        path.write_text(json.dumps(content))
    report = mean_shape_baseline(train, test, metric='mpjpe', frames=('box', 'picture'))
    box, picture = report.results.values()
    assert list(report.results) == list(FRAMES.values())
    assert box.value == pytest.approx(5) and box.name == 'MPJPE/pixel'
    shape = own_shapes(1)[0] * 20 + 50
    mean = (shape + shape * [2, 3] + [10, 5]) / 2 / [400, 500] * [200, 250]
    assert picture.value == pytest.approx(np.linalg.norm(mean - moved, axis=1).mean(), rel=1e-4)
    assert 'over instances' in report.table()
    for threshold, expected in ((0.051, 1.0), (0.049, 0.0)):
        report = mean_shape_baseline(train, test, metric='pck', threshold=threshold)
        assert report.results[MEAN_SHAPE].value == expected
        assert report.results[MEAN_SHAPE].name == f'PCK/bbox@{threshold}'


def test_a_picture_without_size_and_unknown_choices(faces):
    train, test, _ = faces
    with pytest.raises(LandmarkError, match=r'train\.json: image 1 has no width and height'):
        mean_shape_baseline(train, test, frames=['picture'])
    with pytest.raises(LandmarkError, match=r"metric is 'mpjp' \(did you mean 'mpjpe'"):
        mean_shape_baseline(train, test, metric='mpjp')
    with pytest.raises(LandmarkError, match="frame is 'image'; expected box, picture"):
        mean_shape_baseline(train, test, frames=['image'])


def test_a_number_of_the_annotations_is_a_normaliser(faces):
    train, test, _ = faces
    with pytest.raises(LandmarkError, match="unknown normaliser 'head_size'"):
        mean_shape_baseline(train, test, metric='mpjpe', norm='head_size')
    pixels = mean_shape_baseline(train, test, metric='mpjpe').results[MEAN_SHAPE].value
    content = json.loads(test.read_text())
    for annotation in content['annotations']:
        annotation['head_size'] = 20
    test.write_text(json.dumps(content))
    result = mean_shape_baseline(train, test, metric='mpjpe', norm='head_size').results[MEAN_SHAPE]
    assert result.value == pytest.approx(pixels / 20)
