"""What one process of two does in the test of accuracy at an interval."""

from __future__ import annotations

import os
from pathlib import Path

import mmlandmark

# isort: split
import torch
from mmengine.dist import get_rank

from models.small_training import estimator, head_config, history, labelled, start

KEYS = ('loss', 'acc_pose/coco', 'acc_pose/mpii')


def work(folder: Path) -> None:
    """Train with accuracy in each and in each second iteration; what was told goes into a file."""
    os.environ['LOCAL_RANK'] = str(get_rank())
    mmlandmark.register()
    told = []
    for interval in (1, 2):
        head = head_config('msra', targets='device', accuracy_interval=interval)
        options = {
            'launcher': 'pytorch',
            'env_cfg': dict(dist_cfg=dict(backend='gloo')),
            'model_wrapper_cfg': dict(
                type='MMDistributedDataParallel', broadcast_buffers=False, device_ids=None
            ),
            'optim_wrapper.accumulative_counts': 2,
        }
        name = f'{interval}-{get_rank()}'
        runner = start(folder / name, estimator(head), labelled(head, number=8), options)
        runner.train()
        told.append({key: history(runner, key) for key in KEYS})
    torch.save(told, folder / f'{get_rank()}.pt')
