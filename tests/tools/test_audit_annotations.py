import importlib.util

import pytest
from coco_files import make_coco, save, square_points


@pytest.fixture
def tool(repo):
    spec = importlib.util.spec_from_file_location(
        'audit_annotations_tool', repo / 'tools' / 'analysis' / 'audit_annotations.py'
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def file(tmp_path):
    data = make_coco(square_points(12))
    data['annotations'][3]['bbox'] = [600, 450, 20, 20]
    return save(tmp_path / 'faces.json', data)


def run(tool, *options):
    return tool.launch.run(tool.main, tool.parse_args([str(option) for option in options]))


def test_prints_the_table_and_writes_a_folder(tool, file, tmp_path, capsys):
    options = (file, '--out', tmp_path / 'out')
    assert run(tool, *options) == 0
    printed = capsys.readouterr().out
    assert 'annotation 4 (0004.jpg)' in printed
    assert f'wrote audit.json, audit.txt, contact_sheet.png to {tmp_path / "out"}' in printed
    assert run(tool, *options) == 2
    assert 'exists; not written without overwrite' in capsys.readouterr().err
    assert run(tool, *options, '--overwrite', '--count', 1) == 0


def test_wrong_input_is_one_line(tool, file, tmp_path, capsys):
    assert run(tool, tmp_path / 'none.json') == 2
    assert run(tool, file, '--schema', 'dogflw47') == 2
    assert run(tool, file, '--data-root', tmp_path / 'none') == 2
    assert run(tool, file, '--out', tmp_path / 'out', '--count', 0) == 2
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 4
    assert errors[3].startswith('error: contact sheet of 0 instances')
    assert not (tmp_path / 'out').exists()
    assert "did you mean 'dogflw46'?" in errors[1]
