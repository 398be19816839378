"""The commands and code of docs/export.md run, and its options are those of the tool."""

from __future__ import annotations

import importlib.util
import re
import shlex

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
pytest.importorskip('onnxruntime')

from exported.test_exported import fitted  # noqa: E402

from apis.tiny_faces import landmark_config, save_model  # noqa: E402
from mmlandmark.apis import launch  # noqa: E402
from mmlandmark.models.converters.checkpoint import META_KEY, PREFIX  # noqa: E402

BLOCK = re.compile(r'^```(\w+)\n(.*?)^```', re.MULTILINE | re.DOTALL)


@pytest.fixture(scope='module')
def guide(repo):
    return (repo / 'docs' / 'export.md').read_text(encoding='utf-8')


@pytest.fixture(scope='module')
def tool(repo):
    spec = importlib.util.spec_from_file_location('export_onnx', repo / 'tools' / 'export_onnx.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_command_and_example_runs(guide, tool, tmp_path, monkeypatch, capsys):
    import json

    converter = fitted('residual')
    state = {PREFIX + key: value for key, value in converter.state_dict().items()}
    meta = {META_KEY: json.dumps(converter.describe())}
    torch.save(dict(state_dict=state, meta=meta), tmp_path / 'converter.pth')
    config, checkpoint = save_model(tmp_path, landmark_config())
    config.rename(tmp_path / 'config.py')
    checkpoint.rename(tmp_path / 'landmarks.pth')
    monkeypatch.chdir(tmp_path)
    blocks = BLOCK.findall(guide)
    commands = [line for kind, text in blocks if kind == 'bash' for line in text.splitlines()]
    commands = [shlex.split(line) for line in commands if 'export_onnx.py' in line]
    assert len(commands) == 4
    for command in commands:
        assert command[:2] == ['python', 'tools/export_onnx.py']
        assert launch.run(tool.main, tool.parse_args(command[2:])) == 0
    assert capsys.readouterr().out.count('largest difference from PyTorch') == 4
    for kind, text in blocks:
        if kind == 'python':
            exec(text, {})
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
