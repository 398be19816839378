"""The commands and code of docs/export.md run, and its options are those of the tool."""

from __future__ import annotations

import importlib.util
import re

import pytest
from doc_blocks import Page

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
pytest.importorskip('onnxruntime')

from converter_files import write_converter  # noqa: E402
from exported.test_exported import fitted  # noqa: E402

from apis.tiny_faces import landmark_config, save_model  # noqa: E402
from mmlandmark.apis import launch  # noqa: E402

PAGE = Page('docs/export.md')


@pytest.fixture(scope='module')
def guide():
    return PAGE.whole


@pytest.fixture(scope='module')
def tool(repo):
    spec = importlib.util.spec_from_file_location('export_onnx', repo / 'tools' / 'export_onnx.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_command_and_example_runs(tool, tmp_path, monkeypatch, capsys):
    write_converter(tmp_path / 'converter.pth', fitted('residual'))
    config, checkpoint = save_model(tmp_path, landmark_config())
    config.rename(tmp_path / 'config.py')
    checkpoint.rename(tmp_path / 'landmarks.pth')
    monkeypatch.chdir(tmp_path)
    commands = PAGE.commands('export_onnx.py')
    assert len(commands) == 4
    for command in commands:
        assert command.run() == 0, capsys.readouterr().err
    assert capsys.readouterr().out.count('largest difference from PyTorch') == 4
    PAGE.one('python').run()
    assert 'dogflw46 (1, 46, 2) (1, 46)' in capsys.readouterr().out
    again = tool.parse_args(['--mapping', 'coco17-to-mpii16', 'mapping.onnx'])
    assert launch.run(tool.main, again) == 2
    assert 'mapping.onnx: exists' in capsys.readouterr().err
    assert launch.run(tool.main, tool.parse_args(['mapping.onnx'])) == 2
    assert 'found 1 files; expected [CONFIG] CHECKPOINT OUT' in capsys.readouterr().err


def test_the_options_are_those_of_the_tool(guide, tool, capsys):
    with pytest.raises(SystemExit):
        tool.parse_args(['--help'])
    known = set(re.findall(r'--[a-z][a-z-]+', capsys.readouterr().out)) - {'--help', '--debug'}
    assert set(re.findall(r'--[a-z][a-z-]+', guide)) == known
