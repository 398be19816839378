"""Mixed precision without a GPU.

MMEngine's ``AmpOptimWrapper`` asserts an accelerator, so ``--amp`` fails on a CPU. Our choice there
is bfloat16 autocast: it needs no loss scaling, and CPUs that compute in bfloat16 gain from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from mmlandmark.errors import LandmarkError, nearest

_NAME = 'Bf16OptimWrapper'
_PLAIN, _MIXED = 'OptimWrapper', 'AmpOptimWrapper'
# Settings of AmpOptimWrapper that mean nothing to bfloat16 on a CPU.
_GPU_ONLY = ('loss_scale', 'dtype', 'use_fsdp')
_DTYPES = ('float16', 'bfloat16', 'float32', 'float64')  # that AmpOptimWrapper takes


def has_accelerator() -> bool:
    """Return whether MMEngine would train on something other than the CPU."""
    from mmengine import device

    return any(
        getattr(device, f'is_{kind}_available')()
        for kind in ('cuda', 'npu', 'mlu', 'musa')
        if hasattr(device, f'is_{kind}_available')
    )


def register_cpu_wrapper() -> bool:
    """Register ``Bf16OptimWrapper``, so that a saved config that names it can be read again."""
    from mmengine.optim import OptimWrapper
    from mmengine.registry import OPTIM_WRAPPERS

    class Bf16OptimWrapper(OptimWrapper):
        """Runs the forward pass and the loss under bfloat16 autocast on the CPU."""

        @contextmanager
        def optim_context(self, model: nn.Module) -> Iterator[None]:
            with super().optim_context(model), torch.autocast('cpu', dtype=torch.bfloat16):
                yield

    OPTIM_WRAPPERS.register_module(name=_NAME, module=Bf16OptimWrapper, force=True)
    return True


def use_amp(cfg: Any, requested: bool) -> list[str]:
    """Set the optimizer wrapper of a config for mixed precision.

    Args:
        cfg: The config, changed in place.
        requested: Whether the user asks for it; a config that already names
            ``AmpOptimWrapper`` asks for it too.

    Returns:
        Lines for the log: what was chosen in place of what was asked.

    Raises:
        LandmarkError: The config has an optimizer wrapper of its own, or an unknown ``dtype``.
    """
    wrapper = cfg.get('optim_wrapper')
    if wrapper is None:
        return []
    kind = wrapper.get('type', _PLAIN)
    kind = kind if isinstance(kind, str) else kind.__name__
    kind = kind.rpartition('.')[2]
    if not requested and kind != _MIXED:
        return []
    if kind not in (_PLAIN, _MIXED, _NAME):
        raise LandmarkError(f'--amp: optim_wrapper.type is {kind!r}; expected {_PLAIN} or {_MIXED}')
    dtype = wrapper.get('dtype')
    if isinstance(dtype, str) and dtype not in _DTYPES:
        raise LandmarkError(
            f'optim_wrapper.dtype is {dtype!r}{nearest(dtype, _DTYPES)}; expected one of '
            f'{", ".join(_DTYPES)}'
        )
    if has_accelerator():
        wrapper.type = _MIXED
        wrapper.setdefault('loss_scale', 'dynamic')
        return []
    wrapper.type = _NAME
    for key in _GPU_ONLY:
        wrapper.pop(key, None)
    return ['Mixed precision: no GPU found, so bfloat16 autocast on the CPU is used.']
