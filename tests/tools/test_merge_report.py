import importlib.util
import json
import shutil

import pytest
from doc_blocks import Page
from two_labellings import Differences, make_people, pair_file

from mmlandmark.schemas import get_union

PAGE = Page('docs/merging.md')


@pytest.fixture
def tool(repo):
    spec = importlib.util.spec_from_file_location(
        'merge_report_tool', repo / 'tools' / 'analysis' / 'merge_report.py'
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def pairs(tmp_path):
    path = tmp_path / 'pairs.json'
    path.write_text(json.dumps(pair_file(make_people(80), Differences())))
    return path


def run(tool, *options):
    return tool.launch.run(tool.main, tool.parse_args([str(option) for option in options]))


def test_prints_a_table_and_writes_a_folder(tool, pairs, tmp_path, capsys):
    control = 'upper_neck=left_shoulder+right_shoulder'
    options = (pairs, '--pairs-of-names', control, '--replicates', 50, '--out', tmp_path / 'out')
    assert run(tool, *options) == 0
    printed = capsys.readouterr().out
    assert 'unit: head_size' in printed
    assert f'keep apart (1): {control}' in printed
    assert get_union(tmp_path / 'out' / 'union.json').num_channels == 21
    assert run(tool, *options) == 2
    assert 'exists; not written without overwrite' in capsys.readouterr().err


def test_wrong_input_is_one_line(tool, pairs, tmp_path, capsys):
    assert run(tool, pairs, '--normalizer', 'heads_size') == 2
    assert run(tool, pairs, '--tolerance', '0') == 2
    assert run(tool, tmp_path / 'none.json') == 2
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 3
    assert 'tolerance' in errors[1]


def test_the_commands_of_the_guide_run(pairs, shared_data, tmp_path, monkeypatch, capsys):
    """On a few of the real pairs, with fewer replicates."""
    monkeypatch.chdir(tmp_path)
    for name in ('body_coco17_mpii16', 'face68_face48'):
        content = json.loads((shared_data / name / 'val.json').read_text())
        content['annotations'] = content['annotations'][:150]
        (tmp_path / name).mkdir()
        (tmp_path / name / 'train.json').write_text(json.dumps(content))
    commands = PAGE.commands()
    assert len(commands) == 3
    for command in commands:
        assert command.run('--replicates', '20') == 0, capsys.readouterr().err
        assert get_union(tmp_path / 'merge' / 'union.json').num_channels > 20
        shutil.rmtree('merge')
