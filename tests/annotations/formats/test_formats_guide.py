"""The commands and examples of docs/formats.md."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
from coco_files import make_coco
from doc_blocks import Page

from mmlandmark.annotations.formats.convert import FORMATS, read_labels
from mmlandmark.schemas import get_schema

PAGE = Page('docs/formats.md')


def test_every_command_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    points = np.random.default_rng(0).uniform(50, 400, (3, 68, 2))
    Path('faces.json').write_text(json.dumps(make_coco(points, get_schema('face68'))))
    commands = PAGE.commands('convert_format.py')
    assert len(commands) == 9
    for command in commands:
        assert command.run() == 0, capsys.readouterr().err
    for name in ('cvat', 'label_studio', 'deeplabcut', 'sleap'):
        np.testing.assert_allclose(read_labels(f'from_{name}.json')[0].points, points, atol=1e-9)
    PAGE.one('python').run()
    assert 'cvat (3, 68, 2)' in capsys.readouterr().out


def test_the_table_lists_every_format():
    assert re.findall(r'^\| `([\w-]+)` \| `(\.\w+)`', PAGE.whole, re.MULTILINE) == [
        (name, format_.ending) for name, format_ in FORMATS.items()
    ]
