"""What one process of two does in the test that a model in shards learns what a whole one does."""

from __future__ import annotations

import copy
import os
import runpy
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import mmlandmark

# isort: split
from mmengine.dist import get_rank

from models.small_training import config, estimator, head_config, labelled

TOOLS = Path(__file__).resolve().parents[2] / 'tools'
VIT = dict(
    type='mmpretrain.VisionTransformer',
    arch=dict(embed_dims=32, num_layers=2, num_heads=2, feedforward_channels=32),
    img_size=(64, 48),
    patch_size=16,
    with_cls_token=False,
    out_type='featmap',
    patch_cfg=dict(padding=2),
)
LAYERS = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-2, weight_decay=0.1),
    paramwise_cfg=dict(num_layers=2, layer_decay_rate=0.5),
    constructor='LayerDecayOptimWrapperConstructor',
    clip_grad=dict(max_norm=0.01, norm_type=2),
)
SHARDS = (
    'runner_type=FlexibleRunner',
    'strategy.type=ShardedStrategy',
    'strategy.min_num_params=5000',  # of a layer 6.5 thousand, of the head 5.5 thousand
)


def model() -> dict[str, Any]:
    """Return the config of a ViTPose of two layers."""
    deconvolutions = dict(deconv_out_channels=(8, 8), deconv_kernel_sizes=(4, 4))
    head = head_config('msra', targets='device') | deconvolutions | dict(in_channels=32)
    return estimator(head, backbone=copy.deepcopy(VIT))


def settings(folder: Path) -> Any:
    """Return the config of a training of two epochs, each of two iterations a process."""
    cfg = config(folder, model(), labelled(model()['head'], number=4))
    cfg.optim_wrapper, cfg.train_cfg.max_epochs = copy.deepcopy(LAYERS), 2
    cfg.custom_imports = dict(imports=['mmpose.engine.optim_wrappers.layer_decay_optim_wrapper'])
    cfg.default_hooks.checkpoint = dict(type='CheckpointHook', interval=1)
    return cfg


def train(name: str, *options: str) -> None:
    """Train as ``tools/train.py`` does, into a folder of the working folder."""
    # MMEngine tells runs apart by the second: two within one would share their history
    own = ['--cfg-options', f'experiment_name={name}', *options]
    arguments = ['train.py', 'config.py', '--work-dir', name, '--launcher', 'pytorch', *own]
    with patch.object(sys, 'argv', arguments):
        tool = runpy.run_path(str(TOOLS / 'train.py'))
        tool['main'](tool['parse_args']())


def work(folder: Path) -> None:
    """Train in several ways; the outcome is their checkpoints."""
    os.environ['LOCAL_RANK'] = str(get_rank())
    mmlandmark.register()
    with patch('mmlandmark.compat.distributed._join'):  # they have met already
        train('whole')
        train('shards', '--cfg-options', *SHARDS)
        train('resumed', '--resume', 'shards/epoch_1.pth', '--cfg-options', *SHARDS)
        train('amp', '--amp', '--cfg-options', *SHARDS, 'train_cfg.max_epochs=1')
