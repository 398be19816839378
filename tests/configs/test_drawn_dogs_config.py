"""The small config of drawn dogs learns, and its figure stands beside that of the mean shape."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmpose.registry import MODELS

from mmlandmark.apis.drawn_dogs import draw_dogs
from mmlandmark.apis.mean_shape import MEAN_SHAPE, mean_shape_baseline

STEPS, BATCH = 24, 8
CONFIG = 'configs/dogflw/td-hm_hrnetv2-w16s_drawn-64x64.py'


@pytest.fixture
def cfg(repo, tmp_path):
    cfg = Config.fromfile(repo / CONFIG)
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        assert loader.dataset.data_root == 'data/drawn_dogs/'
        loader.dataset.data_root = str(tmp_path / 'dogs')
        loader.batch_size = BATCH
    cfg.work_dir, cfg.experiment_name = str(tmp_path / 'work'), 'drawn-dogs'
    cfg.visualizer.name = cfg.experiment_name  # else the first of the process is used again
    cfg.vis_backends = cfg.visualizer.vis_backends = [dict(type='LocalVisBackend')]
    for stage, branches in ((2, 2), (3, 3), (4, 4)):
        cfg.model.backbone.extra[f'stage{stage}'].update(
            num_blocks=(1,) * branches, num_channels=tuple(4 * 2**i for i in range(branches))
        )
    cfg.model.backbone.extra.stage1.num_channels = (8,)
    cfg.model.head.update(in_channels=60, deconv_out_channels=(16,))
    cfg.train_cfg.update(max_iters=STEPS, val_interval=STEPS + 1)
    cfg.param_scheduler = [dict(type='ConstantLR', factor=1.0, by_epoch=False)]
    cfg.default_hooks.logger.interval = 1
    cfg.default_hooks.checkpoint.interval = STEPS + 1
    dump = dict(type='PairDump', out_file=str(tmp_path / 'model.json'))
    cfg.test_evaluator.common_metrics = [dump]
    return cfg


def test_it_learns_and_is_compared(cfg, tmp_path):
    draw_dogs(tmp_path / 'dogs', count=40, per_breed=2, size=64)
    runner = Runner.from_cfg(cfg)
    runner.train()
    losses, _ = runner.message_hub.get_scalar('train/loss').data
    assert len(losses) == STEPS
    assert np.mean(losses[-5:]) < 0.9 * np.mean(losses[:5])
    figures = runner.test()
    parts = {part: tmp_path / 'dogs' / 'annotations' / f'{part}.json' for part in ('train', 'test')}
    report = mean_shape_baseline(**parts, predictions=[tmp_path / 'model.json'])
    model, constant = report.results['model'], report.results[MEAN_SHAPE]
    # the same figure as the evaluator's, on as many points as the mean shape's
    assert model.value == pytest.approx(figures['dogflw/NME/eye_outer'], rel=1e-3)
    assert model.num_instances == constant.num_instances == 8
    assert model.num_supervised == constant.num_points == 8 * 46
    assert 0 < constant.value < 100


def test_a_far_pixel_changes_the_output(repo):
    """The model as it is shipped sees the whole crop at every place."""
    init_default_scope('mmpose')
    torch.manual_seed(0)
    model = MODELS.build(Config.fromfile(repo / CONFIG).model).eval()
    picture = torch.randn(1, 3, 64, 64)
    other = picture.clone()
    other[..., -2:, -2:] += 5
    with torch.no_grad():
        one, two = (model(inputs=x, data_samples=None, mode='tensor') for x in (picture, other))
    assert (one[..., 0, 0] != two[..., 0, 0]).any()
