"""The examples of docs/converters.md."""

from __future__ import annotations

import pytest
import torch
from doc_blocks import Page

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.config import Config  # noqa: E402
from mmengine.registry import DefaultScope  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402

from mmlandmark.models.converters import KeypointConverter, list_networks  # noqa: E402
from mmlandmark.models.converters.registry import _NETWORKS  # noqa: E402

PAGE = Page('docs/converters.md')
MY_SCHEMA = """
dataset_info = dict(
    dataset_name='mine',
    keypoint_info={
        0: dict(name='left_eye', id=0, color=[0, 0, 0], type='upper', swap='right_eye'),
        1: dict(name='right_eye', id=1, color=[0, 0, 0], type='upper', swap='left_eye'),
    },
    skeleton_info={}, joint_weights=[1.0, 1.0], sigmas=[0.025, 0.025])
"""


def test_the_config_builds(repo, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / '_base_').symlink_to(repo / 'configs' / '_base_', target_is_directory=True)
    (tmp_path / 'mine').mkdir()
    (tmp_path / 'mine' / 'own.py').write_text(PAGE.one('python', having='_base_').take())
    (tmp_path / 'my_schema.py').write_text(MY_SCHEMA)
    with DefaultScope.overwrite_default_scope('mmpose'):
        model = MODELS.build(Config.fromfile('mine/own.py').model)
    assert model.head.converter.target_schema.keypoints == ('left_eye', 'right_eye')


def test_the_network_converts(monkeypatch):
    try:
        PAGE.one('python', having='copy_first').run({'__name__': 'my_networks'})
        assert 'copy_first' in list_networks()
        converter = KeypointConverter('coco17', 'mpii16', dict(type='copy_first'))
        points, visible = torch.rand(2, 17, 2), torch.ones(2, 17, dtype=torch.bool)
        assert torch.equal(converter.network(points, visible), points[:, :1].expand(-1, 16, -1))
    finally:
        _NETWORKS.pop('copy_first', None)
