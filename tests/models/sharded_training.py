"""What one process of two does in the test that a model in shards learns what a whole one does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import mmlandmark  # noqa: F401

# isort: split
import torch
from mmengine.dist import get_rank

from models.small_training import estimator, head_config, history, labelled, start

WHOLE = dict(type='MMDistributedDataParallel', broadcast_buffers=False, device_ids=None)
SHARDS = dict(
    type='FSDPStrategy',
    model_wrapper=dict(
        type='MMFullyShardedDataParallel',
        device_id=torch.device('cpu'),
        auto_wrap_policy=dict(
            type='torch.distributed.fsdp.wrap.size_based_auto_wrap_policy', min_num_params=100
        ),
    ),
    # torch frees what it does not copy, as it does from one memory to the other
    state_dict_cfg=dict(
        state_dict_type='FULL_STATE_DICT',
        state_dict_config=dict(type='FullStateDictConfig', rank0_only=True),
        optim_state_dict_config=dict(type='FullOptimStateDictConfig', rank0_only=True),
    ),
)


def train(folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Losses of a training, and the weights of its checkpoint in the first process."""
    head = head_config('msra', targets='device')
    common = {'launcher': 'pytorch', 'env_cfg': dict(dist_cfg=dict(backend='gloo'))}
    runner = start(folder, estimator(head), labelled(head, number=4), common | options)
    runner.train()
    found = dict(loss=history(runner, 'loss'))
    if get_rank() == 0:
        saved = torch.load(folder / 'epoch_1.pth', weights_only=False)
        found['weights'] = saved['state_dict']
    return found


def work(folder: Path) -> None:
    """Train both ways; the outcome goes into a file."""
    os.environ['LOCAL_RANK'] = str(get_rank())
    outcome = dict(
        whole=train(folder / 'whole', dict(model_wrapper_cfg=WHOLE)),
        shards=train(folder / 'shards', dict(runner_type='FlexibleRunner', strategy=SHARDS)),
    )
    torch.save(outcome, folder / f'{get_rank()}.pt')
