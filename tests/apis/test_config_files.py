"""Configs named by path or by package."""

import argparse
import re

import pytest

pytest.importorskip('mmpose')
from mmlandmark.apis.config_files import config_file, read_config
from mmlandmark.apis.launch import add_common_options, load_config
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


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('x =', 'line 1: cannot be read as a config: invalid syntax'),
        (
            'x = 1\ny = nope',
            "line 2: cannot be read as a config: NameError: name 'nope'",
        ),
        ("_base_ = ['./none.py']", '.*cannot be read as a config: .*none.py'),
        ("custom_imports = dict(imports=['no_such'])", 'cannot be read as a config: ImportError: '),
    ],
)
def test_a_config_that_python_cannot_run_is_told_by_file_and_line(tmp_path, text, words):
    (tmp_path / 'broken.py').write_text(text)
    (tmp_path / 'child.py').write_text("_base_ = ['./broken.py']")
    with pytest.raises(LandmarkError, match=rf'broken\.py(, |: ){words}'):
        read_config(str(tmp_path / 'broken.py'))
    with pytest.raises(LandmarkError, match=r'child\.py: .*(broken|cannot be read)'):
        read_config(str(tmp_path / 'child.py'))


def test_a_config_without_a_model_is_told(tmp_path):
    (tmp_path / 'x.py').write_text('x = 1')
    options = dict(launcher='none', work_dir=None, local_rank=0)
    with pytest.raises(LandmarkError, match=r'x\.py: has no model'):
        load_config(argparse.Namespace(config=str(tmp_path / 'x.py'), **options))


def test_a_setting_without_a_value_is_told(capsys):
    parser = argparse.ArgumentParser()
    add_common_options(parser)
    assert parser.parse_args(['--cfg-options', 'a.b=1', 'c=[1,2]']).cfg_options['c'] == [1, 2]
    with pytest.raises(SystemExit):
        parser.parse_args(['--cfg-options', 'work_dirs'])
    assert "'work_dirs' is no KEY=VALUE" in capsys.readouterr().err
