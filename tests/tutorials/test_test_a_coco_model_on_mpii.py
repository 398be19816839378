"""docs/tutorials/test-a-coco-model-on-mpii.md, followed from its first block to its last."""

from __future__ import annotations

import json

import pytest
from doc_blocks import Page
from tutorial_reader import Reader

pytest.importorskip('mmpose')

PAGE = Page('docs/tutorials/test-a-coco-model-on-mpii.md')
# of so short a training no figure is that of the page
SHORT = ('draw_bodies', 'mmlandmark train', 'mmlandmark test', 'mean_shape_baseline')
# ... nor do its points fit the labels, as those of the page do
FORCE = """#!/bin/sh
case "$*" in
train*pairs_affine*) set -- "$@" --cfg-options \\
    train_dataloader.dataset.force=True val_dataloader.dataset.force=True ;;
esac
exec {programs}/python {programs}/entry.py "$@"
"""

pytestmark = pytest.mark.slow


def test_the_tutorial_runs_and_prints_what_it_says(repo, tmp_path):
    few = {'STEPS': '8', 'PEOPLE': '100'}
    with Reader.at_checkout(repo, tmp_path, loose=SHORT, env=few) as reader:
        (reader.programs / 'mmlandmark').write_text(FORCE.format(programs=reader.programs))
        reader.follow(PAGE)
    pairs = json.loads((tmp_path / 'checkout' / 'cross' / 'pairs.json').read_text())
    (category,) = pairs['categories']
    assert len(category['keypoints']) == 17 and len(category['keypoints_target']) == 16
    assert len(pairs['annotations']) == 100
