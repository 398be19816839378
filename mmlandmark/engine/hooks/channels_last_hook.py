"""Convolutions in the memory format that most devices are quickest in."""

from __future__ import annotations

import copy
from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.optim import OptimWrapperDict
from mmengine.runner import Runner
from mmpose.registry import HOOKS
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Keeps weights of convolutions with their channels last in memory.

    A convolution of such weights takes its input, and gives its output, in the same format, so
    that pictures follow by themselves. Names, shapes and values stay as they are, and so do
    checkpoints. It acts before training, validation and testing alike, once weights have their
    first values: random ones are drawn in the order of memory.
    """

    priority = 'VERY_HIGH'

    def before_train(self, runner: Runner) -> None:
        """Change the format of the model's weights, and of what the optimiser knows of each."""
        _reorder_model(runner)
        wrapper = runner.optim_wrapper
        for one in wrapper.values() if isinstance(wrapper, OptimWrapperDict) else [wrapper]:
            _reorder_states(one.optimizer)

    def before_val(self, runner: Runner) -> None:
        """Change the format of the model's weights in place."""
        _reorder_model(runner)

    def before_test(self, runner: Runner) -> None:
        """Change the format of the model's weights in place."""
        _reorder_model(runner)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Let a checkpoint have the usual format, for trainings that go on from it without this."""
        for key in ('state_dict', 'optimizer'):
            if key in checkpoint:
                checkpoint[key] = _contiguous(checkpoint[key])


def _reorder_model(runner: Runner) -> None:
    model = runner.model
    if all(
        weight.is_contiguous(memory_format=torch.channels_last)
        for weight in model.parameters()
        if weight.dim() == 4
    ):
        return
    model.to(memory_format=torch.channels_last)
    if isinstance(model, DistributedDataParallel):
        # Its buckets keep the strides that weights had when it was made. By those it reads the
        # gradients of the first step, whose values then change places (torch 2.11).
        network, is_compiled = model.module, 'train_step' in vars(model)
        runner.model = model = None  # with its hooks on the weights, before the next has some
        runner.model = runner.wrap_model(runner.cfg.get('model_wrapper_cfg'), network)
        if is_compiled:  # by MMEngine's own option ``compile``, which has been carried out by now
            runner._maybe_compile('train_step')


def _reorder_states(optimizer: torch.optim.Optimizer) -> None:
    """Give resumed moments the strides of their weights.

    Fused optimisers read weights, gradients and moments by their places in memory: on a CPU those
    of different strides are mixed up, and nothing is said (torch 2.11).
    """
    for weight, states in optimizer.state.items():
        for name, value in states.items():
            is_moment = isinstance(value, Tensor) and value.shape == weight.shape
            if is_moment and value.stride() != weight.stride():
                states[name] = value.new_empty_strided(weight.shape, weight.stride()).copy_(value)


def _contiguous(part: Any) -> Any:
    """Return a part of a checkpoint with its tensors so; those that are, are not copied."""
    if isinstance(part, Tensor):
        return part.contiguous()
    if isinstance(part, dict):
        made = copy.copy(part)  # with the versions that a state_dict has as an attribute
        for key, value in part.items():
            made[key] = _contiguous(value)
        return made
    return [_contiguous(one) for one in part] if type(part) is list else part
