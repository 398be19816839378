"""The best, median and worst cases of a test as one picture."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from mmlandmark.apis.cases import show_cases
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import get_schema

HAND = get_schema('hand21')
OFF = [3.0, 1.0, 9.0, 2.0, 5.0]  # pixels that each prediction is off by, in boxes of 60


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    annotations, images = [], []
    for number, off in enumerate(OFF, start=1):
        points = rng.integers(5, 55, (21, 2)).astype(float)
        sides = {}
        for field, moved in (('keypoints', points + [off, 0]), ('keypoints_target', points)):
            sides[field] = np.concatenate([moved, np.full((21, 1), 2)], axis=1).ravel().tolist()
        annotations.append(
            dict(id=number, image_id=number, category_id=1, bbox=[0, 0, 60, 40], **sides)
        )
        images.append(dict(id=number, file_name=f'pictures/{number}.png', width=60, height=60))
    annotations.append(dict(annotations[0], id=9, keypoints_target=[0] * 63))
    category = dict(HAND.to_category(), keypoints_target=list(HAND.keypoints))
    content = dict(images=images, annotations=annotations, categories=[category])
    (tmp_path / 'pairs.json').write_text(json.dumps(content))
    (tmp_path / 'pictures').mkdir()
    for number in (1, 2, 3, 4):
        picture = np.full((60, 60, 3), (0, 40 * number, 0), np.uint8)
        cv2.imwrite(str(tmp_path / 'pictures' / f'{number}.png'), picture)
    return tmp_path / 'pairs.json'


def test_the_cases_are_those_of_the_errors(pairs: Path, tmp_path: Path) -> None:
    report = show_cases(pairs, tmp_path / 'cases.png', each=1)
    found = {case.kind: (case.id, case.error) for case in report.cases}
    assert [case.kind for case in report.cases] == ['best', 'median', 'worst']
    expected = {'best': (2, 1 / 60), 'median': (1, 3 / 60), 'worst': (3, 9 / 60)}
    for kind, (id_, error) in expected.items():
        assert found[kind] == (id_, pytest.approx(error))
    assert (report.instances, report.without_error) == (6, 1)
    assert '6 instances, 1 without an error to rank by; 3 pictures' in report.text()
    assert 'pictures/3.png' in report.text()


def test_a_row_of_the_picture_is_a_kind(pairs: Path, tmp_path: Path) -> None:
    show_cases(pairs, tmp_path / 'one.png', each=1)
    show_cases(pairs, tmp_path / 'two.png', each=2)
    one, two = (cv2.imread(str(tmp_path / f'{name}.png')) for name in ('one', 'two'))
    assert one.shape == two.shape  # of five, two of each kind would be one twice
    third = one.shape[0] // 3
    for row, id_ in enumerate((2, 1, 3)):
        part = one[row * third : (row + 1) * third]
        greens = [(part == (0, 40 * shown, 0)).all(axis=-1).sum() for shown in (1, 2, 3, 4)]
        assert int(np.argmax(greens)) + 1 == id_


def test_pictures_that_are_missing_are_counted(pairs: Path, tmp_path: Path) -> None:
    report = show_cases(pairs, tmp_path / 'cases.jpg', each=1, folders=[tmp_path / 'elsewhere'])
    assert '3 pictures, 3 of them on a blank canvas: 3 not found in' in report.text()


def test_wrong_input_is_told(pairs: Path, tmp_path: Path) -> None:
    out = tmp_path / 'cases.png'
    with pytest.raises(LandmarkError, match='0 instances asked for; expected at least 1'):
        show_cases(pairs, out, each=0)
    assert not out.exists()
    with pytest.raises(LandmarkError, match='expected a name that ends in .png or .jpg'):
        show_cases(pairs, tmp_path / 'cases.txt')
    out.write_text('mine')
    with pytest.raises(LandmarkError, match='cases.png'):
        show_cases(pairs, out)
    with pytest.raises(LandmarkError, match='pairs2.json'):
        show_cases(tmp_path / 'pairs2.json', tmp_path / 'other.png')


def test_too_few_to_choose_from_is_told(pairs: Path, tmp_path: Path) -> None:
    content = json.loads(pairs.read_text())
    content['annotations'] = [content['annotations'][row] for row in (0, 1, -1)]
    pairs.write_text(json.dumps(content))
    with pytest.raises(LandmarkError, match='2 of its 3 instances have an error to rank by'):
        show_cases(pairs, tmp_path / 'cases.png')
    assert not (tmp_path / 'cases.png').exists()
