"""docs/tutorials/dog-faces.md, followed from its first block to its last."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from doc_blocks import Page
from tutorial_reader import Reader

pytest.importorskip('mmpose')

PAGE = Page('docs/tutorials/dog-faces.md')
# of so short a training no figure is that of the page
SHORT = ('mmlandmark train dogs.py', 'model.json')

pytestmark = pytest.mark.slow


def test_the_tutorial_runs_and_prints_what_it_says(repo, tmp_path):
    with Reader.at_checkout(repo, tmp_path, loose=SHORT, env={'STEPS': '8'}) as reader:
        reader.follow(PAGE)
    dogs = tmp_path / 'checkout' / 'dogs'
    shown = cv2.imread(str(repo / 'docs' / 'images' / 'found_dogs.jpg'))
    assert cv2.imread(str(dogs / 'found_dogs.jpg')).shape == shown.shape
    mapped, learned = (
        np.array([face['keypoints'] for face in json.loads((dogs / f).read_text())['annotations']])
        for f in ('found_map.json', 'found_hers.json')
    )
    visible = learned.reshape(50, 20, 3)[..., 2] > 0
    assert visible[:, :5].all() and not visible[:, 5:].any()
    assert not np.allclose(mapped, learned)
