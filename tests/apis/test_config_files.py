"""Configs named by path or by package."""

import argparse
import re

import pytest

pytest.importorskip('mmpose')
from mmlandmark.apis.config_files import config_file
from mmlandmark.apis.launch import load_config
from mmlandmark.errors import LandmarkError

COCO = 'body_2d_keypoint/topdown_heatmap/coco/td-hm_hrnet-w32_8xb64-210e_coco-256x192.py'


@pytest.mark.parametrize(
    ('name', 'keypoints'),
    [
        (f'mmpose::{COCO}', 17),
        ('mmlandmark::face_formats/hrnetv2-w16s_face68.py', 68),
    ],
)
def test_the_tools_read_configs_that_packages_ship(tmp_path, monkeypatch, name, keypoints):
    monkeypatch.chdir(tmp_path)
    cfg = load_config(argparse.Namespace(config=name, launcher='none', work_dir=None, local_rank=0))
    assert cfg.model.head.out_channels == keypoints
    assert cfg.work_dir == f'work_dirs/{config_file(name).stem}'


@pytest.mark.parametrize(
    ('name', 'words'),
    [
        ('absent.py', 'no such config file'),
        ('.', 'no such config file'),
        ('mmdet::absent.py', 'no such config file'),
        ('nonsense::x.py', "the package 'nonsense' is not installed"),
    ],
)
def test_absent_configs_are_told(name, words):
    with pytest.raises(LandmarkError, match=f'^{re.escape(name)}: {words}$'):
        config_file(name)
