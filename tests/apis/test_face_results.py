"""The two file formats of results."""

import json

import numpy as np
import pytest

pytest.importorskip('mmpose')
from coco_files import SQUARE

from mmlandmark.annotations.reader import read_coco_keypoints
from mmlandmark.annotations.writer import write_json
from mmlandmark.apis.face_results import (
    FaceResult,
    PictureResult,
    count_results,
    results_to_coco,
    results_to_json,
)


@pytest.fixture
def results():
    points = np.array([[1.23456, 2], [30, 4], [5, 60], [-7, -0.00001]])
    scores, box = np.array([0.5, 0.25, 1.0, 0.25]), np.array([0.0, 1, 30, 61])
    regions = {'top': np.array([1.0, 2, 30, 4]), 'side': None}
    detected = FaceResult(points, scores, box, 0.5, regions, {'side': 'outside the picture'}, 2)
    given = FaceResult(points, scores, box)
    return [
        PictureResult('cut.png', None, [], ('cut.png: truncated',)),
        PictureResult('a.png', (40, 70), [detected, given], ('a.png: box 0',), 'detector'),
        PictureResult('b.png', (40, 70), []),
    ]


def test_counts(results):
    expected = dict(pictures=3, faces=2, without_faces=1, unreadable=1, problems=2)
    assert count_results(results) == expected
    assert count_results([]) == dict.fromkeys(expected, 0)


def test_json_says_why_a_region_is_none(results, tmp_path):
    write_json(tmp_path / 'x.json', results_to_json(results, SQUARE))
    content = json.loads((tmp_path / 'x.json').read_text())
    assert content['keypoints'] == list(SQUARE.keypoints)
    cut, picture, _ = content['pictures']
    assert (cut['width'], cut['faces'], cut['problems']) == (None, [], ['cut.png: truncated'])
    face, other = picture['faces']
    assert face['regions'] == {
        'top': {'bbox': [1, 2, 30, 4]},
        'side': {'bbox': None, 'reason': 'outside the picture'},
    }
    assert face['keypoints'] == [[1.235, 2], [30, 4], [5, 60], [-7, 0]]
    assert (face['box_number'], face['bbox_score'], other['bbox_score']) == (2, 0.5, None)


def test_coco_multiplies_the_scores_and_lists_pictures_with_a_size(results, tmp_path):
    write_json(tmp_path / 'x.json', results_to_coco(results, SQUARE))
    file = read_coco_keypoints(tmp_path / 'x.json', SQUARE)
    assert [image['file_name'] for image in file.data['images']] == ['a.png', 'b.png']
    assert [annotation['score'] for annotation in file.annotations] == [0.25, 0.5]
    assert file.annotations[0]['bbox'] == [0, 1, 30, 60]
    assert file.annotations[0]['area'] == 1800
    assert (file.visible == 2).all()
    assert file.data['info']['problems'] == ['cut.png: truncated', 'a.png: box 0']
