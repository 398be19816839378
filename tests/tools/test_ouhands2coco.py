import importlib.util

import pytest
from raw_hands import hand_release, landmark_file


@pytest.fixture
def tool(repo):
    path = repo / 'tools' / 'dataset_converters' / 'ouhands2coco.py'
    spec = importlib.util.spec_from_file_location('ouhands2coco_tool', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def root(tmp_path):
    return hand_release(tmp_path / 'OUHANDS')


def run(tool, *options):
    return tool.launch.run(tool.main, tool.parse_args([str(option) for option in options]))


def test_what_was_written_and_found_is_printed(tool, root, tmp_path, capsys):
    landmark_file(root, 'train', 'K-xyz-0004.png').unlink()
    out = tmp_path / 'out'
    assert run(tool, root, out, '--splits', 'train', 'test', '--bbox-source', 'picture') == 0
    printed = capsys.readouterr().out
    assert '3 hands of 4 pictures; 1 without landmarks (K 1 of 1)' in printed
    assert ['K', '1', '0', '1', '0'] in [line.split() for line in printed.splitlines()]
    assert 'boxes: 3 of picture' in printed
    assert f'wrote train.json, test.json, report.json to {out}' in printed


def test_an_error_is_one_line_unless_defects_are_left_out(tool, root, tmp_path, capsys):
    landmark_file(root, 'train', 'K-xyz-0004.png').write_text('{}')
    out = tmp_path / 'out'
    assert run(tool, root, out) == 2
    error = capsys.readouterr().err
    assert error == (
        'error: landmarks/train/K-xyz-0004_landmarks.json: unreadable label: '
        "has no list 'landmarks'\n"
    )
    assert not out.exists()
    assert run(tool, root, out, '--skip-defects') == 0
    assert 'left out or without box: 1 x unreadable label, the first is ' in capsys.readouterr().out
