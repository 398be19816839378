"""A ViTPose whose weights are spread over processes (FSDP) learns what a whole one does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
pytest.importorskip('mmpretrain', reason='ViTPose needs mmpretrain')
import torch  # noqa: E402
from mmengine.registry import DefaultScope  # noqa: E402
from mmengine.runner import Runner  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402
from processes import run_two  # noqa: E402

from mmlandmark.apis.launch import build_runner  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402
from models.sharded_training import model, settings, work  # noqa: E402


@pytest.fixture(scope='module')
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two processes have trained."""
    folder = tmp_path_factory.mktemp('shards')
    settings(folder).dump(str(folder / 'config.py'))
    run_two(work, folder)
    return folder


def saved(folder: Path, name: str, epoch: int = 2) -> dict[str, Any]:
    return torch.load(folder / name / f'epoch_{epoch}.pth', weights_only=False)


def history(checkpoint: dict[str, Any], key: str) -> list[float]:
    return checkpoint['message_hub']['log_scalars'][f'train/{key}'].data[0].tolist()


@pytest.mark.parametrize('name', ['shards', 'resumed'])
def test_shards_learn_what_the_whole_model_does(folder: Path, name: str):
    whole, shards = saved(folder, 'whole'), saved(folder, name)
    for key in ('loss', 'grad_norm'):
        assert history(shards, key) == pytest.approx(history(whole, key), rel=1e-4)
        assert len(history(whole, key)) == 4
    assert min(history(whole, 'grad_norm')) > 0.01  # all were clipped
    assert shards['state_dict'].keys() == whole['state_dict'].keys()
    for key, value in whole['state_dict'].items():
        torch.testing.assert_close(shards['state_dict'][key], value, rtol=1e-4, atol=1e-4)


def test_layers_have_the_rates_and_decays_of_the_whole_model(folder: Path):
    groups = [
        {
            group['group_name']: (group['lr'], group['weight_decay'], len(group['params']))
            for group in saved(folder, name)['optimizer']['param_groups']
        }
        for name in ('whole', 'shards')
    ]
    assert groups[0] == groups[1]
    assert groups[0]['layer_1_decay'][:2] == pytest.approx((1e-2 * 0.5**2, 0.1))
    assert groups[0]['layer_1_no_decay'][1] == 0


def test_mixed_precision_follows_single_precision(folder: Path):
    losses = [history(saved(folder, name, 1), 'loss') for name in ('shards', 'amp')]
    assert losses[0] != losses[1]
    assert losses[1] == pytest.approx(losses[0], rel=0.02)


def test_a_checkpoint_is_that_of_a_whole_model(folder: Path, tmp_path: Path):
    with DefaultScope.overwrite_default_scope('mmpose'):
        MODELS.build(model()).load_state_dict(saved(folder, 'shards')['state_dict'])
    cfg = settings(tmp_path)
    cfg.resume, cfg.load_from = True, str(folder / 'shards' / 'epoch_1.pth')
    runner = Runner.from_cfg(cfg)  # alone, with the optimiser's numbers
    runner.train()
    assert runner.iter == 2 + 4


def test_shards_need_several_processes(tmp_path: Path):
    cfg = settings(tmp_path)
    cfg.merge_from_dict(dict(runner_type='FlexibleRunner', strategy=dict(type='ShardedStrategy')))
    with pytest.raises(LandmarkError, match='ShardedStrategy needs several processes'):
        build_runner(cfg, training=True)
    assert type(build_runner(cfg, training=False)) is Runner
