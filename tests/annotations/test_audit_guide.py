"""The commands, names and figures of docs/audit.md."""

import importlib.util
import re

import cv2
import numpy as np
import pytest
from coco_files import make_coco, save, square_points
from doc_blocks import Page

from mmlandmark.annotations import audit_file, audit_values, release_problems
from mmlandmark.annotations.audit_result import DEFINITIONS, OF_POINTS
from mmlandmark.apis.audit import MISSING_PICTURE

PAGE = Page('docs/audit.md')


@pytest.fixture
def guide():
    return PAGE.whole


@pytest.fixture
def tool(repo):
    spec = importlib.util.spec_from_file_location(
        'audit_annotations_tool', repo / 'tools' / 'analysis' / 'audit_annotations.py'
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_command_and_the_python_example_run(guide, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for folder in ('annotations', 'pictures'):
        (tmp_path / folder).mkdir()
    data = make_coco(square_points(12))
    data['annotations'][3]['bbox'] = [600, 450, 20, 20]
    save(tmp_path / 'annotations' / 'train.json', data)
    for image in data['images']:
        cv2.imwrite(f'pictures/{image["file_name"]}', np.zeros((480, 640, 3), dtype=np.uint8))
    (command,) = PAGE.commands()
    assert command.run() == 0
    for row in re.findall(r'^\| `(\S+\.\w+)`', guide, re.MULTILINE):
        assert (tmp_path / 'audit' / row).is_file()
    capsys.readouterr()
    PAGE.one('python').run()
    assert 'annotation 4 (0004.jpg) 3' in capsys.readouterr().out


def test_the_options_are_those_of_the_command(guide, tool, capsys):
    with pytest.raises(SystemExit):
        tool.parse_args(['--help'])
    known = set(re.findall(r'--[a-z][a-z-]+', capsys.readouterr().out))
    options = set(re.findall(r'--[a-z][a-z-]+', guide))
    assert options <= known
    assert known - options == {'--help', '--debug'}


def test_the_table_lists_every_finding_in_order(guide):
    rows = re.findall(r'^\| `(\w+)` \| (instances|points) \|', guide, re.MULTILINE)
    assert [name for name, _ in rows] == list(DEFINITIONS)
    assert {name for name, unit in rows if unit == 'points'} == set(OF_POINTS)


def test_every_problem_of_a_file_is_listed(guide):
    text = ' '.join(guide.split())
    of_files = [
        *(value for name, value in vars(audit_file).items() if name.isupper()),
        audit_values.WRONG_COUNT,
        audit_values.UNREADABLE,
        MISSING_PICTURE,
        release_problems.UNREADABLE_PICTURE,
        release_problems.OTHER_SIZE,
    ]
    assert len(of_files) == 12
    for reason in of_files:
        assert f'`{reason}`' in text
