"""Lets torch find a GPU that is not there; see ``on_gpu``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_map

from device.on_gpu import CPU, GPU, OnGPU, PretendedGPU, is_cpu, note_wait, to

COPIES = {'tensor', 'as_tensor'}
"""Functions that are told numbers, which are copied to the device."""
_AUTOCAST, _LOAD = torch.autocast, torch.load


@contextmanager
def pretended_gpu() -> Iterator[PretendedGPU]:
    """Let torch find one GPU, which is pretended, and let tensors go there."""

    def nothing(*_: Any, **__: Any) -> None:
        pass

    cuda = dict(
        is_available=lambda: True,
        device_count=lambda: 1,
        current_device=lambda: 0,
        is_current_stream_capturing=lambda: False,
        is_bf16_supported=lambda *_, **__: True,
        max_memory_allocated=lambda *_, **__: 0,
        get_rng_state=lambda *_: torch.zeros(0, dtype=torch.uint8),
        set_rng_state=nothing,
        synchronize=lambda *_, **__: note_wait('torch.cuda.synchronize'),
        set_device=nothing,
        empty_cache=nothing,
        manual_seed_all=nothing,
        reset_peak_memory_stats=nothing,
    )
    own = dict(autocast=_autocast, load=_loaded, _has_compatible_shallow_copy_type=_of_one_device)
    gpu = PretendedGPU()
    with ExitStack() as stack:
        for module, answers in ((torch.cuda, cuda), (torch, own)):
            for name, answer in answers.items():
                stack.enter_context(mock.patch.object(module, name, answer))
        stack.enter_context(_Functions())
        PretendedGPU.present.append(gpu)
        stack.callback(PretendedGPU.present.remove, gpu)
        yield gpu


class _Functions(TorchFunctionMode):
    """Makes tensors of the GPU where torch would ask the driver for one."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs, name = dict(kwargs or {}), getattr(func, '__name__', '')
        first = args[0] if args else None
        if isinstance(first, Tensor) and type(first) is not OnGPU:
            if name in ('to', 'cuda', 'cpu'):
                return to(first, *((GPU,) if name == 'cuda' else args[1:]), **kwargs)
            if name == 'pin_memory':
                return _pinned(first.clone())
            if name == 'is_pinned':
                return getattr(first, 'is_pretended_pinned', False)
        device, pinned = kwargs.pop('device', None), kwargs.pop('pin_memory', False)
        if name in COPIES and type(first) is OnGPU and device is not None:
            return to(first, device, kwargs.get('dtype'))
        made = func(*args, **kwargs, **({} if device is None else dict(device=CPU)))
        if pinned:
            return _pinned(made)
        if device is None or not isinstance(made, Tensor):
            return made
        if is_cpu(device):
            return made.held if type(made) is OnGPU else made
        if name in COPIES:
            note_wait(f'{name} to {GPU}')
        return (
            made if type(made) is OnGPU else OnGPU(made.detach()).requires_grad_(made.requires_grad)
        )


def _autocast(device_type: str, *args: Any, **kwargs: Any) -> torch.autocast:
    return _AUTOCAST('cpu' if device_type == 'cuda' else device_type, *args, **kwargs)


def _loaded(*args: Any, map_location: Any = None, **kwargs: Any) -> Any:
    if not isinstance(map_location, str | torch.device) or is_cpu(map_location):
        return _LOAD(*args, map_location=map_location, **kwargs)
    found = _LOAD(*args, map_location=CPU, **kwargs)
    return tree_map(lambda one: to(one, GPU) if isinstance(one, Tensor) else one, found)


def _of_one_device(one: Tensor, other: Tensor) -> bool:
    """Whether a module may put a tensor into the parameter that it has."""
    return (type(one) is OnGPU) == (type(other) is OnGPU)


def _pinned(tensor: Tensor) -> Tensor:
    tensor.is_pretended_pinned = True
    return tensor
