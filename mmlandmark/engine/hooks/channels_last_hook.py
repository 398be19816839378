"""Convolutions in the memory format that most devices are quickest in."""

from __future__ import annotations

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpose.registry import HOOKS
from torch.nn.parallel import DistributedDataParallel


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Keeps weights of convolutions with their channels last in memory.

    A convolution of such weights takes its input, and gives its output, in the same format, so
    that pictures follow by themselves. Names, shapes and values stay as they are, and so do
    checkpoints. It acts before training, validation and testing alike.
    """

    priority = 'VERY_HIGH'

    def before_run(self, runner: Runner) -> None:
        """Change the format of the model's weights in place."""
        model = runner.model
        model.to(memory_format=torch.channels_last)
        if isinstance(model, DistributedDataParallel):
            # Its buckets keep the strides that weights had when it was made. By those it reads the
            # gradients of the first step, whose values then change places (torch 2.11).
            network = model.module
            runner.model = model = None  # with its hooks on the weights, before the next has some
            runner.model = runner.wrap_model(runner.cfg.get('model_wrapper_cfg'), network)
