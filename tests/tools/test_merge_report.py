import importlib.util
import json

import pytest
from two_labellings import Differences, make_people, pair_file

from mmlandmark.schemas import get_union


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
