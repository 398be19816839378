"""Options that make a training quicker: two processes agree with each other and a plain run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
import torch  # noqa: E402
from processes import WORLD, run_two  # noqa: E402

from models.small_training import estimator, head_config, labelled, train  # noqa: E402

WRAPPER = dict(type='MMDistributedDataParallel', broadcast_buffers=False, device_ids=None)
TOGETHER = {'launcher': 'pytorch', 'model_wrapper_cfg': WRAPPER}
OPTIONS = {
    'plain': {},
    'packed': {'model.data_preprocessor.type': 'PackedPoseDataPreprocessor'},
    'deferred': {'default_hooks.runtime_info.type': 'DeferredRuntimeInfoHook'},
    'channels_last': {'default_hooks.channels_last.type': 'ChannelsLastHook'},
    'compile': {'default_hooks.compile': dict(type='CompileHook', backend='eager')},
    'accumulated': {'optim_wrapper.accumulative_counts': 2},
}


def work(folder: Path) -> None:
    """Train a union with each option, and write what came of it."""
    rank = torch.distributed.get_rank()
    os.environ['LOCAL_RANK'] = str(rank)  # as the launcher sets it
    head = head_config('msra', targets='device')
    found = {}
    for name, options in OPTIONS.items():
        losses, weights = train(
            folder / f'{name}{rank}', estimator(head), labelled(head), TOGETHER | options
        )
        found[name] = dict(losses=losses, weights=weights)
    torch.save(found, f'{rank}.pt')


@pytest.fixture(scope='module')
def two(tmp_path_factory) -> list[dict]:
    folder = tmp_path_factory.mktemp('two')
    run_two(work, folder)
    return [torch.load(folder / f'{rank}.pt', weights_only=True) for rank in range(WORLD)]


@pytest.mark.parametrize('name', ['packed', 'deferred', 'channels_last', 'compile'])
def test_the_result_is_that_of_the_plain_run(two, name):
    for found in two:
        for key, value in found['plain']['weights'].items():
            torch.testing.assert_close(found[name]['weights'][key], value, atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(found[name]['losses'], found['plain']['losses'])


@pytest.mark.parametrize('name', OPTIONS)
def test_both_processes_have_the_same_weights(two, name):
    one, other = (found[name]['weights'] for found in two)
    for key, value in one.items():
        if 'running' not in key:  # each has its own statistics
            torch.testing.assert_close(other[key], value, atol=0, rtol=0)
