"""Whole steps of a training: what they wait for, and options that make them quicker."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
import torch  # noqa: E402
from mmengine.hooks import Hook  # noqa: E402
from mmengine.optim import OptimWrapper  # noqa: E402
from mmengine.registry import DefaultScope  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402

from models.small_training import (  # noqa: E402
    Labelled,
    estimator,
    head_config,
    labelled,
    start,
)
from models.waits import Waits  # noqa: E402

OURS = ['DeviceHeatmapHead', 'DeviceRTMCCHead', 'msra', 'udp_combined', 'rtmcc', 'decoders']
QUICK = {
    'optim_wrapper.optimizer.type': 'SGD',  # AdamW looks at a number of its own, on the CPU
    'model.data_preprocessor.type': 'PackedPoseDataPreprocessor',
    'default_hooks.runtime_info.type': 'DeferredRuntimeInfoHook',
    'optim_wrapper.clip_grad': dict(max_norm=0.1),
}


class WaitHook(Hook):
    """Notes what each iteration waits for, from the loader to behind the last hook."""

    def __init__(self) -> None:
        self.found: list[list[str]] = []

    def before_train_iter(self, *args, **kwargs) -> None:
        self._waits = Waits()
        self._waits.__enter__()

    def after_train_iter(self, *args, **kwargs) -> None:
        self._waits.__exit__(None, None, None)
        self.found.append(self._waits.found)


def waits(folder: Path, head: dict, options: dict) -> list[list[str]]:
    runner, hook = start(folder, estimator(head), labelled(head), options), WaitHook()
    runner.register_hook(hook, priority='LOWEST')
    runner.train()
    return hook.found


@pytest.mark.parametrize('kind', OURS)
def test_a_step_waits_only_where_it_is_logged(kind, tmp_path):
    first, logged, last = waits(tmp_path, head_config(kind, targets='device'), QUICK)
    assert not first
    assert logged and last  # the logger's interval is two, and the epoch ends with the third


def test_the_counter_finds_the_waits_of_mmpose_and_of_mmengine(tmp_path):
    found = waits(tmp_path, head_config('HeatmapHead'), {'optim_wrapper.optimizer.type': 'SGD'})[0]
    assert found.count('torch.Tensor.numpy') >= 3  # acc_pose: output, target and weights
    assert found.count('aten::_local_scalar_dense') >= 3  # loss, loss_kpt and acc_pose


@pytest.mark.parametrize('kind', OURS)
def test_no_step_looks_at_what_is_on_the_device(kind):
    """On the meta device there is nothing to look at, and copies to it are counted."""
    head = head_config(kind, targets='device')
    config = estimator(head)
    config['data_preprocessor']['type'] = 'PackedPoseDataPreprocessor'
    model = built(config).to('meta')
    optimizer = OptimWrapper(torch.optim.AdamW(model.parameters()))
    data, found = Labelled(**{k: v for k, v in labelled(head).items() if k != 'type'}), []
    for _ in range(2):
        with Waits('meta') as waits:
            losses = model.train_step(batch_of(data), optimizer)
        found.append(waits.found)
        assert all(value.is_meta for value in losses.values())
    assert not found[1]  # the first copies constants, which are kept
    model = built(estimator(head)).to('meta')
    with Waits('meta') as waits:
        model.data_preprocessor(batch_of(data), True)
    assert any('between cpu and meta' in one for one in waits.found)


def built(config: dict) -> torch.nn.Module:
    with DefaultScope.overwrite_default_scope('mmpose'):
        return MODELS.build(config)


def batch_of(data: Labelled) -> dict:
    batch = [data[i] for i in range(6)]
    return {key: [one[key] for one in batch] for key in batch[0]}
