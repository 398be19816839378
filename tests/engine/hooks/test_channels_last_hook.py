"""Channels last: weights begin, go on and are saved as without, whatever the format was before."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
import torch  # noqa: E402
from models.small_training import estimator, head_config, labelled, start  # noqa: E402

from mmlandmark.engine.hooks import channels_last_hook  # noqa: E402

FORMAT = {'default_hooks.channels_last.type': 'ChannelsLastHook'}
#: Reads moments by their places in memory, whatever their strides are.
FUSED = {'optim_wrapper.optimizer.fused': True}
HEAD = head_config('DeviceHeatmapHead', deconv_out_channels=(4,), deconv_kernel_sizes=(4,))
HEAD['decoder'] = dict(HEAD['decoder'], heatmap_size=(24, 32))


def trained(folder, options):
    runner = start(folder, estimator(HEAD), labelled(HEAD), options)
    runner.train()
    return runner


def test_random_weights_are_those_without(tmp_path):
    """Random numbers are drawn in the order of memory."""
    still = {'optim_wrapper.optimizer.lr': 0.0}
    plain, ours = (trained(tmp_path / str(i), still | x) for i, x in enumerate([{}, FORMAT]))
    for name, value in plain.model.head.named_parameters():
        torch.testing.assert_close(ours.model.head.get_parameter(name), value, rtol=0, atol=0)


@pytest.mark.parametrize(
    ('first', 'second'), [({}, FORMAT), (FORMAT, {})], ids=['switched on', 'switched off']
)
def test_a_resumed_training_may_change_the_format(first, second, tmp_path):
    first, second = FUSED | first, FUSED | second
    trained(tmp_path, first)
    file = tmp_path / 'epoch_1.pth'
    goes_on = {'resume': True, 'load_from': str(file), 'train_cfg.max_epochs': 2}
    same, other = (
        trained(tmp_path / str(i), options | goes_on).model.state_dict()
        for i, options in enumerate([first, second])
    )
    for name, value in same.items():
        torch.testing.assert_close(other[name], value, rtol=1e-5, atol=1e-5)


def test_a_checkpoint_has_the_usual_format(tmp_path):
    runner = trained(tmp_path, FORMAT)
    saved = torch.load(tmp_path / 'epoch_1.pth', weights_only=False)
    assert saved['state_dict']._metadata['head']
    moments = [m for kept in saved['optimizer']['state'].values() for m in kept.values()]
    assert all(tensor.is_contiguous() for tensor in [*saved['state_dict'].values(), *moments])
    (weight,) = (w for name, w in runner.model.named_parameters() if 'deconv_layers.0' in name)
    assert not weight.is_contiguous()  # the training's own is as it was
    kept = runner.optim_wrapper.optimizer.state[weight]['exp_avg']
    assert kept.stride() == weight.stride()


class Wrapper(torch.nn.Module):
    """Stands for ``DistributedDataParallel``."""

    def __init__(self, module: torch.nn.Module) -> None:
        super().__init__()
        self.module = module

    def train_step(self) -> None:
        pass


@pytest.mark.parametrize('is_compiled', [True, False])
def test_a_wrapper_made_anew_is_compiled_as_the_last_was(is_compiled, monkeypatch):
    monkeypatch.setattr(channels_last_hook, 'DistributedDataParallel', Wrapper)
    before = Wrapper(torch.nn.Conv2d(3, 4, 3))
    runner = SimpleNamespace(model=before, cfg={}, wrap_model=lambda _, network: Wrapper(network))
    runner._maybe_compile = lambda name: setattr(runner.model, name, 'compiled')
    if is_compiled:
        runner._maybe_compile('train_step')
    channels_last_hook.ChannelsLastHook().before_val(runner)
    assert runner.model is not before and runner.model.module is before.module
    assert (runner.model.train_step == 'compiled') is is_compiled
