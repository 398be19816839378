"""docs/tutorials/convert-my-annotations.md, followed from its first block to its last."""

from __future__ import annotations

import json

import cv2
import pytest
from doc_blocks import Page
from tutorial_reader import Reader

pytest.importorskip('mmpose')

PAGE = Page('docs/tutorials/convert-my-annotations.md')
# of so short a training no figure is that of the page
SHORT = ('mmlandmark train', 'mmlandmark test', 'mmlandmark convert work_dirs')

pytestmark = pytest.mark.slow


def test_the_tutorial_runs_and_prints_what_it_says(repo, tmp_path):
    with Reader.at_checkout(repo, tmp_path, loose=SHORT, env={'EPOCHS': '2'}) as reader:
        reader.follow(PAGE)
    faces = tmp_path / 'checkout' / 'faces'
    shown = cv2.imread(str(repo / 'docs' / 'images' / 'converted_faces.jpg'))
    assert cv2.imread(str(faces / 'converted_faces.jpg')).shape == shown.shape
    mapped, learned = (
        [face['num_keypoints'] for face in json.loads((faces / f).read_text())['annotations']]
        for f in ('mapped.json', 'new48.json')
    )
    assert max(mapped) == 22 and min(learned) == 48
    for name in ('test.html', 'new.html'):
        assert (faces / name).stat().st_size > 10_000
