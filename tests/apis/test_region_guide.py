"""The examples of docs/regions.md and docs/drawn-dogs.md are true."""

from __future__ import annotations

import importlib.util
import re

import pytest
from doc_blocks import Page

from apis.test_region_files import faces  # noqa: F401
from mmlandmark.schemas import get_schema, region_groups
from mmlandmark.schemas.region_file import read_region_file

OPTION = re.compile(r'--[a-z][a-z-]+')


PAGE = Page('docs/regions.md')


def test_the_python_example_runs():
    assert PAGE.one('python').run()['eyes'].crop is not None


@pytest.mark.usefixtures('faces')
def test_the_commands_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'own.yaml').write_text(PAGE.one('yaml').text)
    commands = PAGE.commands()
    assert len(commands) == 2
    for command in commands:
        assert command.run() == 0, capsys.readouterr().err
    for name in ('OUT/mouth', 'OUT/overlay', 'regions.csv', 'OWN/lips', 'OWN/look'):
        assert (tmp_path / name).exists()


def test_the_regions_and_the_yaml_of_the_guide(tmp_path):
    guide = PAGE.whole
    schema = get_schema('dogflw46')
    listed = re.search(r'For `dogflw46`: (.*?)\. Right is', guide, re.DOTALL)[1]
    assert set(region_groups(schema)) | {'eyes', 'ears'} == set(re.findall(r'`(\w+)`', listed))
    path = tmp_path / 'own.yaml'
    path.write_text(PAGE.one('yaml').take())
    own = read_region_file(path, schema)
    assert len(region_groups(schema, own=own)['look']) == 10


@pytest.mark.parametrize(
    ('guide', 'tools'),
    [
        ('regions.md', ('crop_regions.py',)),
        ('drawn-dogs.md', ('draw_dogs.py', 'analysis/mean_shape_baseline.py', 'test.py')),
    ],
)
def test_the_options_of_the_guides_are_those_of_the_commands(
    repo, capsys, monkeypatch, guide, tools
):
    for tool in tools:
        path = repo / 'tools' / tool
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        monkeypatch.setattr('sys.argv', [tool, '--help'])
        with pytest.raises(SystemExit):
            module.parse_args()
    known = set(re.findall(OPTION, capsys.readouterr().out))
    options = set(re.findall(OPTION, (repo / 'docs' / guide).read_text(encoding='utf-8')))
    assert options and options <= known
