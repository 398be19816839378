"""docs/tutorials/train-on-two-data-sets.md, followed from its first block to its last."""

from __future__ import annotations

import json
import socket

import cv2
import pytest
from doc_blocks import Page
from tutorial_reader import Reader

pytest.importorskip('mmpose')

PAGE = Page('docs/tutorials/train-on-two-data-sets.md')
# of so short a training no figure is that of the page
SHORT = ('draw_bodies', 'mmlandmark train', 'mmlandmark test', 'dist_train')

pytestmark = pytest.mark.slow


def test_the_tutorial_runs_and_prints_what_it_says(repo, tmp_path):
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = str(free.getsockname()[1])
    few = {'STEPS': '8', 'FEW': '4', 'PEOPLE': '40', 'PORT': port}
    with Reader.at_checkout(repo, tmp_path, loose=SHORT, env=few) as reader:
        reader.follow(PAGE)
    bodies = tmp_path / 'checkout' / 'bodies'
    shown = cv2.imread(str(repo / 'docs' / 'images' / 'union_bodies.jpg'))
    assert cv2.imread(str(bodies / 'union_bodies.jpg')).shape == shown.shape
    figures = json.loads((bodies / 'decoders.json').read_text())
    assert {'coco/PCK/bbox@0.05', 'mpii/PCKh@0.5'} <= set(figures)
