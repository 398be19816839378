"""Configs and checkpoints that do not fit are told in one line with their names."""

import pytest
import torch

pytest.importorskip('mmpose')
from mmengine.config import Config
from torch import nn

from mmlandmark.apis.load_model import (
    load_weights,
    read_checkpoint,
    read_config,
    without_pretrained,
)
from mmlandmark.errors import LandmarkError


def test_shipped_configs_are_found_by_package():
    for name in ('mmdet::rtmdet/rtmdet_tiny_8xb32-300e_coco.py', 'mmlandmark::detection/'):
        if name.endswith('/'):
            name += 'rtmdet_tiny_8xb32-100e_dogflw-face.py'
        cfg, where = read_config(name)
        assert (cfg.model.type, where) == ('RTMDet', name)


@pytest.mark.parametrize(
    ('name', 'words'),
    [
        ('absent.py', 'no such config file'),
        ('mmdet::absent.py', 'no such config file'),
        ('nonsense::x.py', "package 'nonsense' is not installed"),
    ],
)
def test_absent_configs_are_told(name, words):
    with pytest.raises(LandmarkError, match=f'^{name}: .*{words}'):
        read_config(name)


@pytest.mark.parametrize('text', ['x = (', 'x = 1', 'import absent_package', 'x = 1 / 0'])
def test_broken_configs_are_one_line(tmp_path, text):
    path = tmp_path / 'broken.py'
    path.write_text(text)
    with pytest.raises(LandmarkError, match=r'broken\.py') as caught:
        read_config(path)
    assert '\n' not in str(caught.value)


def test_a_given_config_is_left_as_it_is():
    given = Config(dict(model=dict(type='X'), preprocess_cfg=dict(type='Y')))
    cfg, _ = read_config(given)
    assert cfg.model.data_preprocessor.type == 'Y'
    assert 'data_preprocessor' not in given.model


def test_first_weights_are_not_asked_for():
    cfg = Config(
        dict(
            a=dict(init_cfg=dict(type='Pretrained', checkpoint='x'), b=[dict(init_cfg=None)]),
            c=dict(init_cfg=dict(type='Normal')),
        )
    )
    without_pretrained(cfg._cfg_dict)
    assert cfg.a.init_cfg is None
    assert cfg.c.init_cfg.type == 'Normal'


class Small(nn.Module):
    def __init__(self, outputs=3):
        super().__init__()
        self.body = nn.Linear(2, 4)
        self.norm = nn.BatchNorm1d(4)
        self.last = nn.Linear(4, outputs)


def load(model, state):
    load_weights(model, {'state_dict': state}, 'file.pth', 'config.py', 'keypoints')


def test_all_weights_are_loaded():
    source, model = Small(), Small()
    state = {f'module.{key}': value for key, value in source.state_dict().items()}
    del state['module.norm.num_batches_tracked']
    load(model, {**state, 'another.weight': torch.zeros(1)})
    for key, value in model.state_dict().items():
        assert torch.equal(value, source.state_dict()[key])


@pytest.mark.parametrize(
    ('change', 'words'),
    [
        (lambda s: s.pop('norm.running_mean'), '1 weights are missing, .* norm.running_mean$'),
        (lambda s: s.update(Small(5).state_dict()), 'it is for 5 keypoints, the config for 3'),
        (
            lambda s: s.update({'body.weight': torch.zeros(4, 9)}),
            r'body.weight: \(4, 9\), expected',
        ),
        (lambda s: s.clear(), 'does not fit config.py: it holds no weights of the model'),
    ],
)
def test_other_weights_are_told_and_nothing_is_loaded(change, words):
    model, state = Small(), Small().state_dict()
    before = model.body.bias.clone()
    change(state)
    with pytest.raises(LandmarkError, match=f'^file.pth: .*{words}'):
        load(model, state)
    assert torch.equal(model.body.bias, before)


def test_files_that_are_no_checkpoints(tmp_path):
    with pytest.raises(LandmarkError, match='no such checkpoint file'):
        read_checkpoint(tmp_path / 'absent.pth')
    path = tmp_path / 'damaged.pth'
    path.write_bytes(b'PK\x03\x04 no more')
    with pytest.raises(LandmarkError, match=r'damaged\.pth'):
        read_checkpoint(path)
    torch.save([1], path)
    with pytest.raises(LandmarkError, match='holds a list; expected a checkpoint'):
        read_checkpoint(path)
    for part in ({'state_dict': 5}, {'state_dict': {}, 'meta': 3}, {'meta': {'dataset_meta': 3}}):
        torch.save(part, path)
        with pytest.raises(LandmarkError, match=r"damaged\.pth: its '\w+' is a int; expected"):
            read_checkpoint(path)
    with pytest.raises(LandmarkError, match='no checkpoint was given'):
        read_checkpoint(None)
    with pytest.raises(LandmarkError, match='no config was given'):
        read_config(None)
    with pytest.raises(LandmarkError, match='fetch it on another machine'):
        read_checkpoint('http://localhost:9/absent.pth')
