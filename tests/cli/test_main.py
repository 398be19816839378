"""One entry: what it runs is the tool, and what it says is quick."""

import json
import os
import runpy
import shlex
import subprocess
import sys

import pytest
import torch

from mmlandmark.cli import main as entry
from mmlandmark.cli.commands import COMMANDS
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import get_schema


def test_the_overview_names_every_command(capsys):
    assert entry.main(['--help']) == 0
    printed = capsys.readouterr().out
    assert all(f'  {name} ' in printed for name in (*COMMANDS, 'info'))
    assert entry.main([]) == 2


def test_an_unknown_command_is_one_line_with_the_nearest(capsys):
    assert entry.main(['tain']) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: 'tain' is no command (did you mean 'train'?)")
    assert said.count('\n') == 1


@pytest.mark.parametrize('name', COMMANDS)
def test_examples_are_command_lines_that_the_tool_takes(name, monkeypatch):
    tool = runpy.run_path(str(entry.tool_path(COMMANDS[name].tool)))
    for example in COMMANDS[name].examples:
        monkeypatch.setattr(sys, 'argv', [name, *shlex.split(example)])
        assert tool['parse_args']()


def test_help_of_a_command_is_the_tools_with_examples(capsys):
    assert entry.main(['merge-report', '--help']) == 0
    printed = capsys.readouterr().out
    assert printed.startswith('usage: mmlandmark merge-report ')
    assert '--replicates' in printed
    assert printed.rstrip().endswith(COMMANDS['merge-report'].examples[-1])


def coco_file(path, names):
    points = [value for k in range(len(names)) for value in (10.0 + k, 20.0 + 2 * k, 2)]
    annotation = {'id': 1, 'image_id': 1, 'category_id': 1, 'bbox': [5, 5, 80, 90]}
    category = {'id': 1, 'name': 'x', 'keypoints': list(names), 'skeleton': []}
    document = {
        'images': [{'id': 1, 'file_name': 'a.png', 'width': 100, 'height': 100}],
        'annotations': [annotation | {'keypoints': points, 'num_keypoints': len(names)}],
        'categories': [category],
    }
    path.write_text(json.dumps(document))
    return path


def test_a_command_does_what_its_tool_does(tmp_path, capsys):
    source = coco_file(tmp_path / 'in.json', get_schema('face68').keypoints)
    out = tmp_path / 'out.json'
    words = ['convert', '--mapping', 'face68-to-face48', str(source), str(out)]
    assert entry.main(words) == 0
    (category,) = json.loads(out.read_text())['categories']
    assert category['keypoints'] == list(get_schema('face48').keypoints)
    assert f'wrote {out}' in capsys.readouterr().out
    assert entry.main(words) == 2  # it exists
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith('error: ') and 'exists' in said


def test_debug_lets_errors_through(tmp_path):
    words = ['pair', str(tmp_path / 'no.json'), str(tmp_path / 'no.json'), str(tmp_path / 'p.json')]
    assert entry.main(words) == 2
    with pytest.raises(LandmarkError, match=r'no\.json'):
        entry.main(['--debug', *words])


def test_ctrl_c_is_a_status_and_no_traceback(monkeypatch, capsys):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr('mmlandmark.annotations.pair_files.pair_files', interrupted)
    before = sys.argv
    assert entry.main(['pair', 'a', 'b', 'c']) == 130
    assert capsys.readouterr().err == 'stopped\n'
    assert sys.argv is before


def imported_by(*start, cwd):
    """The modules that a start of Python imports, and how it ends."""
    run = subprocess.run(
        [sys.executable, '-X', 'importtime', *start],
        cwd=cwd,
        env=os.environ | {'OMP_NUM_THREADS': '1'},
        capture_output=True,
        text=True,
    )
    lines = [x for x in run.stderr.splitlines() if x.startswith('import time:')]
    return {line.split('|')[-1].strip() for line in lines}, run


def test_what_only_reads_annotations_waits_for_no_stack(tmp_path):
    words = ['-m', 'mmlandmark', 'pair', 'a.json', 'b.json', 'c.json']
    imported, run = imported_by(*words, cwd=tmp_path)
    assert run.returncode == 2 and 'a.json' in run.stderr
    assert 'mmlandmark.annotations.pair_files' in imported
    assert not {'torch', 'mmengine', 'mmpose'} & imported


def test_info_says_what_is_here(capsys):
    assert entry.main(['info', '--json']) == 0
    found = json.loads(capsys.readouterr().out)
    assert found['packages']['torch'] == torch.__version__.split('+')[0]
    assert found['missing'] == [] and found['devices'][0].startswith('cpu: ')
    assert entry.main(['info', '--debug']) == 0
    assert f'mmlandmark {found["mmlandmark"]}, Python 3.' in capsys.readouterr().out


def test_info_names_what_is_missing(monkeypatch, capsys):
    from mmlandmark.cli import info

    monkeypatch.setattr(info, 'missing_packages', lambda: ('mmpose',))
    monkeypatch.setattr(info, 'version_of', lambda name: None)
    assert info.main([]) == 1
    printed = capsys.readouterr().out
    assert 'missing: mmpose' in printed and 'pip install --no-deps mmpose==1.3.2' in printed
    assert 'not installed: fastapi, uvicorn' in printed


# As the installed program does, twice: the start and its imports take most of the time.
PROGRAM = """
from mmlandmark.cli.main import main

assert main(['convert', 'log.pth', 'in.json', 'out.json']) == 2
assert main(['audit', 'none.json']) == 2
"""


def test_the_program_brings_what_its_commands_need(tmp_path):
    """It starts without the stack: a checkpoint brings what reads it, ``audit`` everything.

    The checkpoint is one of a training, whose log is MMEngine's and ours.
    """
    from mmengine.logging import HistoryBuffer

    kept = {'message_hub': HistoryBuffer([1.0], [1]), 'meta': get_schema('face68')}
    torch.save(kept, tmp_path / 'log.pth')
    (tmp_path / 'in.json').write_text('{}')
    (tmp_path / 'mmlandmark').write_text(PROGRAM)
    imported, run = imported_by(tmp_path / 'mmlandmark', cwd=tmp_path)
    assert run.returncode == 0, run.stderr[-3000:]
    first, second = (line for line in run.stderr.splitlines() if line.startswith('error: '))
    assert first == 'error: log.pth: not the checkpoint of a LandmarkConverter'
    assert 'none.json' in second
    assert {'mmpose', 'mmlandmark.models.heads', 'mmlandmark.engine.hooks'} <= imported
