"""Losses that are handed over late are all there, in their order."""

from __future__ import annotations

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
import torch  # noqa: E402
from mmengine.hooks import Hook  # noqa: E402
from models.small_training import estimator, head_config, history, labelled, start  # noqa: E402

from mmlandmark.engine.hooks import DeferredRuntimeInfoHook  # noqa: E402

DEFERRED = {'default_hooks.runtime_info.type': 'DeferredRuntimeInfoHook'}


def test_a_checkpoint_between_two_logs_has_the_whole_history(tmp_path):
    head = head_config('DeviceHeatmapHead')
    options = DEFERRED | {
        'default_hooks.logger.interval': 100,
        'default_hooks.checkpoint': dict(type='CheckpointHook', by_epoch=False, interval=2),
    }
    runner = start(tmp_path, estimator(head), labelled(head, number=4), options)
    seen = []
    hook = runner.hooks[0]
    assert isinstance(hook, DeferredRuntimeInfoHook)
    told = hook.after_train_iter
    hook.after_train_iter = lambda *args, **kwargs: (
        seen.append(kwargs['outputs']) or told(*args, **kwargs)
    )
    runner.train()
    expected = [float(outputs['loss'].detach()) for outputs in seen]
    assert history(runner, 'loss') == pytest.approx(expected, abs=0)
    saved = torch.load(tmp_path / 'iter_2.pth', weights_only=False)['message_hub']
    assert saved['log_scalars']['train/loss'].data[0].tolist() == expected[:2]


def test_an_interval_hands_over_between_logs(tmp_path):
    head = head_config('DeviceHeatmapHead')
    options = DEFERRED | {
        'default_hooks.logger.interval': 100,
        'default_hooks.runtime_info.interval': 2,
    }
    runner = start(tmp_path, estimator(head), labelled(head, number=3), options)
    counts = []

    class Looking(Hook):
        def after_train_iter(self, runner, *args, **kwargs):
            known = runner.message_hub.log_scalars.get('train/loss')
            counts.append(0 if known is None else len(known.data[0]))

    runner.register_hook(Looking())
    runner.train()
    assert counts == [0, 2, 3]
