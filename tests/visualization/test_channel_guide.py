"""What docs/channel-keypoints.md says of drawn boxes and of looking at maps is so."""

from __future__ import annotations

import re

import cv2
import numpy as np
import pytest
from doc_blocks import Page

DRAWN = Page('docs/channel-keypoints.md', 'A drawn set')
LOOKING = Page('docs/channel-keypoints.md', 'Looking at it')


def test_the_code_draws_the_picture(repo, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    DRAWN.one('python').run()
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

    looking, drawn = LOOKING.text, DRAWN.text
    found = LOOKING.one('python', having='ChannelMapHook').run()
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
    listed = set(re.findall(r'^\| `(--[a-z-]+)`', LOOKING.text, re.MULTILINE))
    args = tool.parse_args(['x', '--config', 'c', '--checkpoint', 'p'])
    known = {f'--{name.replace("_", "-")}' for name in vars(args)}
    assert listed | {'--pictures', '--config', '--checkpoint', '--debug'} == known


def test_the_pictures_of_the_guide_are_inferred(repo, tmp_path, monkeypatch, capsys):
    """By its command, with the shipped config and any weights, and by its Python."""
    pytest.importorskip('mmpose')
    import torch
    from apis.colour_detector import detector_config, write_checkpoint, write_pictures
    from mmengine.config import Config
    from mmengine.registry import DefaultScope
    from mmpose.registry import MODELS

    monkeypatch.chdir(tmp_path)
    write_pictures(tmp_path / 'pictures')
    (tmp_path / 'config.py').write_text(detector_config().dump())
    write_checkpoint(tmp_path / 'model.pth', detector_config())
    LOOKING.one('python', having='ChannelInferencer').run()
    assert capsys.readouterr().out.count('corner') >= 1
    (tmp_path / 'configs').symlink_to(repo / 'configs', target_is_directory=True)
    (command,) = LOOKING.commands('infer_channels.py')
    words = command.text.split()
    config = Config.fromfile(words[words.index('--config') + 1])
    with DefaultScope.overwrite_default_scope('mmpose'):
        weights = MODELS.build(config.model).state_dict()
    checkpoint = tmp_path / words[words.index('--checkpoint') + 1]
    checkpoint.parent.mkdir(parents=True)
    torch.save(dict(state_dict=weights, meta={}), checkpoint)
    assert command.run() == 0
    for name in ('keypoints.json', 'keypoints_coco.json', 'drawn'):
        assert (tmp_path / name).exists()
