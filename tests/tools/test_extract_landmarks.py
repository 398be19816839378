"""The two tools that make landmark files, with a stand-in for MediaPipe."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from raw_faces import write_picture

from mmlandmark.annotations import extraction_command
from mmlandmark.annotations.mediapipe_detectors import DetectedLandmarks


class Centre:
    """Sees a hand in the middle of every picture."""

    schema = 'hand21'

    def __init__(self, confidence):
        self.settings = {'detector': 'centre', 'confidence': confidence}

    def __call__(self, picture):
        return DetectedLandmarks(np.full((21, 3), 0.5))


def run(*options):
    return extraction_command.run(
        Centre, extraction_command.parse_args('', [str(option) for option in options])
    )


def test_the_report_is_printed(tmp_path, capsys):
    write_picture(tmp_path / 'in/test/A/1.png')
    assert run(tmp_path / 'in', tmp_path / 'out') == 0
    shown = capsys.readouterr()
    assert shown.err == ''
    lines = shown.out.splitlines()
    assert lines[0].split() == ['split', 'class', 'pictures', 'found', 'not', 'found', 'unreadable']
    assert lines[2].split() == ['test', 'A', '1', '1', '0', '0']
    assert lines[-1] == f'wrote landmark files and extraction.json to {tmp_path / "out"}'
    assert (tmp_path / 'out/test/A/1_landmarks.json').is_file()
    assert run(tmp_path / 'in', tmp_path / 'out') == 0
    assert '1 of them were done before this run and are kept' in capsys.readouterr().out


@pytest.mark.parametrize(
    ('options', 'words'),
    [(('--border', '2'), 'border is 2'), (('--confidence', '0.5'), 'made with confidence 0.7')],
)
def test_an_error_is_one_line(tmp_path, capsys, options, words):
    write_picture(tmp_path / 'in/1.png')
    assert run(tmp_path / 'in', tmp_path / 'out') == 0
    capsys.readouterr()
    assert run(tmp_path / 'in', tmp_path / 'out', *options) == 2
    shown = capsys.readouterr()
    assert shown.out == '' and shown.err.count('\n') == 1
    assert shown.err.startswith('error: ') and words in shown.err


@pytest.mark.parametrize('what', ['hand', 'face'])
def test_the_tools_start_without_mmpose_and_say_what_is_missing(repo, tmp_path, what):
    """As in an environment that MediaPipe has to itself; here it is not installed either."""
    code = (
        'import runpy, sys\n'
        "for name in ('torch', 'mmengine', 'mmpose', 'mediapipe'): sys.modules[name] = None\n"
        'sys.argv = sys.argv[1:]\n'
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    tool = repo / 'tools' / 'dataset_converters' / f'extract_{what}_landmarks.py'
    done = subprocess.run(
        [sys.executable, '-c', code, str(tool), 'in', 'out'],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2 and done.stdout == '', done.stderr
    assert done.stderr.startswith('error: mediapipe is not installed; install it with: pip install')
    assert done.stderr.count('\n') == 1
