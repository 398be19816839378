"""The examples of docs/converting.md run."""

import importlib.util
import json
import re
from pathlib import Path

import numpy as np
import pytest
from coco_files import make_coco, save
from converter_files import write_converter
from doc_blocks import Page
from exported.test_exported import fitted

from mmlandmark.schemas import get_schema

PAGE = Page('docs/converting.md')

OPTION = re.compile(r'--[a-z][a-z-]+')


def test_the_python_example_runs(shared_data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'in.json').symlink_to(shared_data / 'body_coco17_mpii16' / 'val.json')
    names = PAGE.one('python').run()
    assert names['report'].converted == 1452
    assert (tmp_path / 'out.json').is_file()


def test_the_commands_run(repo, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'configs').symlink_to(repo / 'configs', target_is_directory=True)
    points = np.random.default_rng(0).uniform(50, 400, (3, 17, 2))
    save(tmp_path / 'in.json', make_coco(points, get_schema('coco17')))
    write_converter('best.pth', fitted('residual'))
    commands = PAGE.commands()
    assert len(commands) == 3
    for command in commands:
        assert command.run() == 0, capsys.readouterr().err
        assert len(json.loads(Path('out.json').read_text())['annotations'][0]['keypoints']) == 48
        Path('out.json').unlink()


@pytest.mark.parametrize(
    ('guide', 'tool'),
    [
        ('converting.md', 'convert_keypoints.py'),
        ('pairs.md', 'dataset_converters/pair_annotations.py'),
    ],
)
def test_the_options_of_the_guide_are_those_of_the_command(repo, capsys, guide, tool):
    path = repo / 'tools' / tool
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with pytest.raises(SystemExit):
        module.main(['--help'])
    known = set(re.findall(OPTION, capsys.readouterr().out))
    options = set(re.findall(OPTION, (repo / 'docs' / guide).read_text(encoding='utf-8')))
    assert options and options <= known
