"""torch.compile for the network, and for nothing around it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from mmpose.registry import HOOKS
from torch import nn

from mmlandmark.errors import LandmarkError


@HOOKS.register_module()
class CompileHook(Hook):
    """Compiles backbone, neck and head of an estimator before training.

    What MMEngine's ``compile`` hands to torch is the whole step: data samples, whose every value
    torch would guard, the optimiser and the log. The network takes and gives tensors only, and
    compiles as one graph for each part. Checkpoints are the same.

    Args:
        **options: Of ``torch.compile``, such as ``mode``, ``dynamic``, or ``fullgraph=True`` to
            be told where a part is not one graph.

    Raises:
        LandmarkError: An option or its value is none that ``torch.compile`` knows.
    """

    priority = 'LOW'

    def __init__(self, **options: Any) -> None:
        try:
            torch.compile(nn.Identity(), **options)  # compiles nothing until it is called
        except (TypeError, RuntimeError, AssertionError) as error:
            raise LandmarkError(f'CompileHook: {" ".join(str(error).split())}') from error
        self.options = options

    def before_train(self, runner: Runner) -> None:
        """Compile the parts, in place; each at its first use."""
        model = runner.model
        while is_model_wrapper(model):
            model = model.module
        _use_plain_numbers(model)
        for name in ('backbone', 'neck'):
            if isinstance(part := getattr(model, name, None), nn.Module):
                part.compile(**self.options)
        self._compile_head(model.head)

    def _compile_head(self, head: nn.Module) -> None:
        decoders = getattr(head, 'decoders', None)
        if isinstance(decoders, nn.ModuleDict):
            for decoder in decoders.values():
                decoder.compile(**self.options)
        else:  # MMPose's heads call their forward, which what compiles modules does not see
            head.forward = torch.compile(head.forward, **self.options)


def _use_plain_numbers(model: nn.Module) -> None:
    """Make floats of numpy's numbers, which torch would trace as tensors and stumble over.

    The layers of mmpretrain's transformers keep the rates of their ``DropPath`` so.
    """
    for module in model.modules():
        for name, value in vars(module).items():
            if isinstance(value, np.floating):
                setattr(module, name, float(value))
