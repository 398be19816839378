"""docs/viewer.md: its commands and its example run, and it names every option."""

import importlib.util
import re

import pytest
from doc_blocks import Page

from mmlandmark.viewer import serve
from viewer.test_session import trained
from viewer.viewed import write_files

OPTION = re.compile(r'--[a-z][a-z-]+')


PAGE = Page('docs/viewer.md')


@pytest.fixture
def folder(tmp_path, monkeypatch):
    write_files(tmp_path)
    (tmp_path / 'mine').mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_commands_run(folder, monkeypatch, capsys):
    def interrupted():
        raise KeyboardInterrupt

    opened = []
    monkeypatch.setattr(serve.webbrowser, 'open', opened.append)
    monkeypatch.setattr(serve, 'wait_for_ctrl_c', interrupted)
    trained(folder / 'best.pth')
    commands = PAGE.commands()
    assert len(commands) == 4
    for command in commands:
        assert command.run() == 0, command.text + capsys.readouterr().err
    assert len(opened) == 3


def test_the_python_example_runs(folder, capsys):
    PAGE.one('python').run()
    assert capsys.readouterr().out.startswith('http://127.0.0.1:')


def test_the_options_are_those_of_the_command(repo, capsys):
    path = repo / 'tools' / 'view_annotations.py'
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with pytest.raises(SystemExit):
        module.parse_args(['--help'])
    known = set(re.findall(OPTION, capsys.readouterr().out)) - {'--help'}
    assert set(re.findall(OPTION, PAGE.whole)) == known
