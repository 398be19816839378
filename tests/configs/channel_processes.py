"""What one process of two does in the test that every config trains through a launcher."""

from __future__ import annotations

import os
from pathlib import Path

import mmlandmark  # noqa: F401

# isort: split
import torch
from mmengine.dist import get_rank
from mmengine.runner import Runner

from .tiny_channels import KINDS, tiny
from .tiny_hands import Watch

# what tools/train.py sets where there is no GPU; every weight has to have a part in the loss
WRAPPER = dict(
    type='MMDistributedDataParallel',
    broadcast_buffers=False,
    find_unused_parameters=False,
    device_ids=None,
)


def work(folder: Path) -> None:
    """Train each config for one step and write down what came of it."""
    os.environ['LOCAL_RANK'] = str(get_rank())
    found = {}
    for path in KINDS:
        cfg = tiny(path, folder / 'data', folder / 'work')
        cfg.launcher = 'pytorch'
        cfg.train_dataloader.batch_size = 1  # of three pictures, the last is filled up
        if path.stem != 'unet_boxes-128x128':
            cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
            cfg.default_hooks.checkpoint.update(save_best=None, rule=None)
        cfg.test_cfg = cfg.test_dataloader = cfg.test_evaluator = None
        cfg.model_wrapper_cfg = WRAPPER
        runner, seen = Runner.from_cfg(cfg), Watch()
        runner.register_hook(seen)
        runner.train()
        weights = torch.cat([value.detach().flatten() for value in runner.model.parameters()])
        found[path.stem] = dict(
            loss=seen.outputs['loss'], weights=weights, metrics=getattr(seen, 'metrics', {})
        )
    torch.save(found, folder / f'{get_rank()}.pt')
