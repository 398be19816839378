"""A config of one's own inherits from a shipped one wherever it lies."""

import pytest

pytest.importorskip('mmpose')
import mmlandmark  # noqa: F401

# isort: split
from mmengine.config import Config


@pytest.mark.parametrize(
    'name',
    [
        'ouhands/td-reg_mobilenetv2_1xb64-50e_ouhands-published-224x224.py',
        'union/td-hm_hrnet-w32_8xb64-210e_coco+mpii-256x192_union21.py',
    ],
)
def test_an_inherited_config_is_the_shipped_one(repo, tmp_path, name):
    own = tmp_path / 'own.py'
    own.write_text(f"_base_ = 'mmlandmark::{name}'\nwork_dir = 'mine'\n")
    cfg = Config.fromfile(own).to_dict()
    assert cfg.pop('work_dir') == 'mine'
    # a scope of their own would hide MMPose's classes, and ours, from all that is inherited
    assert cfg == Config.fromfile(repo / 'configs' / name).to_dict()


def test_configs_of_other_packages_keep_their_scope(tmp_path):
    own = tmp_path / 'own.py'
    own.write_text("_base_ = 'mmdet::rtmdet/rtmdet_tiny_8xb32-300e_coco.py'\n")
    assert Config.fromfile(own).model['_scope_'] == 'mmdet'
