"""docs/tutorials/my-own-schema.md, followed from its first block to its last."""

from __future__ import annotations

import json

import pytest
from doc_blocks import Page
from tutorial_reader import Reader

from mmlandmark.schemas import get_schema, get_union

pytest.importorskip('mmpose')

PAGE = Page('docs/tutorials/my-own-schema.md')
# of so short a training no figure is that of the page
SHORT = ('mmlandmark train both.py',)

pytestmark = pytest.mark.slow


def test_the_tutorial_runs_and_prints_what_it_says(repo, tmp_path, capsys, monkeypatch):
    with Reader.at_checkout(repo, tmp_path, loose=SHORT, env={'STEPS': '6'}) as reader:
        reader.follow(PAGE)
    assert '140 dog9 (1, 9, 2)' in capsys.readouterr().out
    own = tmp_path / 'checkout' / 'own'
    assert (own / 'dog9.svg').read_bytes() == (repo / 'docs/images/dog9.svg').read_bytes()
    schema = get_schema(own / 'dog9.py')
    faces = json.loads((own / 'from46.json').read_text())['annotations']
    unlabelled = {
        name
        for face in faces
        for name, v in zip(schema.keypoints, face['keypoints'][2::3], strict=True)
        if v == 0
    }
    assert unlabelled == {'crown'}
    monkeypatch.chdir(own)
    union = get_union(dict(name='both', members=['dogflw46', 'dog9.py'], merge='names'))
    assert union.num_channels == 50 and '46 + 9 - 5 = 50' in PAGE.whole
