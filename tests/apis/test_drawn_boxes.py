from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from mmlandmark.apis.drawn_boxes import draw_boxes
from mmlandmark.errors import LandmarkError
from mmlandmark.synthetic.boxes import make_boxes

SMALL = {'train': 4, 'val': 2, 'test': 3, 'size': 48, 'seed': 5}


def _entries(path):
    return json.loads(path.read_text())['dataset']


def test_pictures_and_files_fit_and_no_picture_is_in_two_parts(tmp_path):
    report = draw_boxes(tmp_path / 'boxes', **SMALL)
    assert report.pictures == {'train': 4, 'val': 2, 'test': 3}
    entries = [e for part in report.pictures for e in _entries(tmp_path / 'boxes' / f'{part}.json')]
    assert [e['image_path'] for e in entries] == [f'images/{i + 1:05d}.jpg' for i in range(9)]
    for index, entry in enumerate(entries):
        assert list(entry) == ['image_path', 'corner', 'flap']
        picture = cv2.imread(str(tmp_path / 'boxes' / entry['image_path']))
        assert picture.shape == (48, 48, 3)
        scene = make_boxes(index, seed=5, size=48)
        for channel, name in enumerate(('corner', 'flap')):
            u, v, depth = np.array(entry[name]).reshape(-1, 3).T
            mine = scene.channel_ids == channel
            np.testing.assert_allclose(np.stack([u * 48, (1 - v) * 48], -1), scene.points[mine])
            np.testing.assert_allclose(depth, scene.depths[mine])
    for name in ('corner', 'flap'):
        assert report.points[name] == sum(len(e[name]) for e in entries)
        assert report.hidden[name] > 0
    assert report.empty == sum(not e['corner'] + e['flap'] for e in entries)
    assert (
        f'{report.points["flap"]} flap ({report.hidden["flap"]} hidden or outside, left out)'
        in str(report)
    )


def test_the_same_seed_gives_the_same_files(tmp_path):
    for name in ('a', 'b'):
        draw_boxes(tmp_path / name, **SMALL)
    for file in ('train.json', 'images/00002.jpg'):
        assert (tmp_path / 'a' / file).read_bytes() == (tmp_path / 'b' / file).read_bytes()


def test_files_are_not_replaced_unasked(tmp_path):
    draw_boxes(tmp_path, **SMALL)
    with pytest.raises(LandmarkError, match=r'train\.json: exists'):
        draw_boxes(tmp_path, **SMALL)
    draw_boxes(tmp_path, overwrite=True, **SMALL)


@pytest.mark.parametrize(
    ('options', 'said'),
    [
        ({'train': 0}, "0 pictures for part 'train'; expected at least 1"),
        ({'test': -1}, "-1 pictures for part 'test'"),
        ({'size': 4}, 'pictures of 4 pixels'),
        ({'seed': -3}, 'seed -3; expected 0 or more'),
    ],
)
def test_wrong_options(tmp_path, options, said):
    with pytest.raises(LandmarkError, match=said):
        draw_boxes(tmp_path / 'boxes', **{**SMALL, **options})
    assert not (tmp_path / 'boxes').exists()


def test_a_folder_that_is_a_file(tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(LandmarkError, match='file: is a file; expected a folder'):
        draw_boxes(tmp_path / 'file', **SMALL)
