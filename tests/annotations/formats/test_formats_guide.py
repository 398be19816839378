"""The commands and examples of docs/formats.md."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import numpy as np
import pytest
from coco_files import make_coco

from mmlandmark.annotations.formats.convert import FORMATS, read_labels
from mmlandmark.schemas import get_schema

BLOCK = re.compile(r'^```(\w+)\n(.*?)^```', re.MULTILINE | re.DOTALL)


@pytest.fixture
def text(repo: Path) -> str:
    return (repo / 'docs' / 'formats.md').read_text(encoding='utf-8')


def test_every_command_runs(text, repo, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    points = np.random.default_rng(0).uniform(50, 400, (3, 68, 2))
    Path('faces.json').write_text(json.dumps(make_coco(points, get_schema('face68'))))
    spec = importlib.util.spec_from_file_location(
        'tool', repo / 'tools/dataset_converters/convert_format.py'
    )
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    blocks = BLOCK.findall(text)
    lines = [line for kind, block in blocks if kind == 'bash' for line in block.splitlines()]
    assert len(lines) == 9
    for line in lines:
        command, script, *options = line.split()
        assert (command, script) == ('python', 'tools/dataset_converters/convert_format.py')
        assert tool.main(options) == 0, capsys.readouterr().err
    for name in ('cvat', 'label_studio', 'deeplabcut', 'sleap'):
        np.testing.assert_allclose(read_labels(f'from_{name}.json')[0].points, points, atol=1e-9)
    for code in (block for kind, block in blocks if kind == 'python'):
        exec(code, {})
    assert 'cvat (3, 68, 2)' in capsys.readouterr().out


def test_the_table_lists_every_format(text):
    assert re.findall(r'^\| `([\w-]+)` \| `(\.\w+)`', text, re.MULTILINE) == [
        (name, format_.ending) for name, format_ in FORMATS.items()
    ]
