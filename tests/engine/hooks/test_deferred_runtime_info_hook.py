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
from mmlandmark.errors import LandmarkError  # noqa: E402

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


def test_norms_of_clipped_gradients_are_those_of_the_plain_run(tmp_path):
    head = head_config('DeviceHeatmapHead')
    clip = {'optim_wrapper.clip_grad': dict(max_norm=0.01), 'optim_wrapper.accumulative_counts': 2}
    found = []
    for options in (clip, clip | DEFERRED):
        folder = tmp_path / str(len(found))
        runner = start(folder, estimator(head), labelled(head, number=4), options)
        runner.train()
        found.append((history(runner, 'grad_norm'), runner.model.state_dict()))
    assert found[0][0] == found[1][0]
    assert len(found[0][0]) == 2 and min(found[0][0]) > 0.01
    for name, value in found[0][1].items():
        assert torch.equal(value, found[1][1][name])


@pytest.mark.parametrize('interval', [0, -2, 2.5, True])
def test_an_interval_that_would_do_nothing_is_refused(interval):
    with pytest.raises(LandmarkError, match='^DeferredRuntimeInfoHook: interval is .*expected'):
        DeferredRuntimeInfoHook(interval)
