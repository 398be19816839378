"""What docs/channel-keypoints.md says of drawn boxes and of looking at maps is so."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import pytest


def _section(repo: Path, title: str) -> str:
    guide = (repo / 'docs' / 'channel-keypoints.md').read_text(encoding='utf-8')
    return guide.split(f'\n## {title}\n')[1].split('\n## ')[0]


def _blocks(text: str, language: str) -> list[str]:
    return re.findall(rf'```{language}\n(.*?)```', text, re.DOTALL)


def test_the_code_draws_the_picture(repo, tmp_path, monkeypatch):
    (code,) = _blocks(_section(repo, 'A drawn set'), 'python')
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    drawn, shown = (
        cv2.imread('drawn_boxes.jpg'),
        cv2.imread(str(repo / 'docs/images/drawn_boxes.jpg')),
    )
    assert drawn.shape == shown.shape == (560, 1120, 3)
    # versions of OpenCV may differ by rounding
    assert np.abs(drawn.astype(int) - shown).mean() < 1


def test_hook_options_and_commands_exist(repo):
    pytest.importorskip('mmpose')
    from mmengine.config import Config

    import mmlandmark  # noqa: F401
    from mmlandmark.engine.hooks import ChannelMapHook

    looking, drawn = _section(repo, 'Looking at it'), _section(repo, 'A drawn set')
    found: dict = {}
    exec(_blocks(looking, 'python')[0], found)
    options = dict(found['custom_hooks'][0])
    assert options.pop('type') == 'ChannelMapHook' and ChannelMapHook(**options).interval == 5
    for name in re.findall(r'^\| `(interval|pictures|name)` \|', looking, re.MULTILINE):
        assert hasattr(ChannelMapHook(), name)
    config = 'configs/channel_keypoints/unet_boxes-128x128.py'
    assert config in looking and config in drawn
    epochs = Config.fromfile(repo / config).train_cfg.max_epochs
    assert set(re.findall(r'epoch_(\d+)\.pth', looking + drawn)) == {str(epochs)}
    assert f'{epochs} epochs' in drawn


def test_options_of_the_tool_are_those_of_the_table(repo):
    import importlib.util

    spec = importlib.util.spec_from_file_location('tool', repo / 'tools' / 'infer_channels.py')
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    listed = set(re.findall(r'^\| `(--[a-z-]+)`', _section(repo, 'Looking at it'), re.MULTILINE))
    args = tool.parse_args(['x', '--config', 'c', '--checkpoint', 'p'])
    known = {f'--{name.replace("_", "-")}' for name in vars(args)}
    assert listed | {'--pictures', '--config', '--checkpoint', '--debug'} == known
