"""Finds what would make the CPU wait for the device in which the model is."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode, resolve_name
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

READS = {'cpu', 'numpy', 'tolist', '__array__'}
"""Methods that on a GPU copy to the CPU; on the CPU no operator is called."""
COPIES = {'tensor', 'as_tensor', 'new_tensor', 'from_numpy'}
"""Functions that make a tensor of numbers: elsewhere than on the CPU a copy that is waited for."""
DEPENDENT = {
    'aten::_local_scalar_dense',
    'aten::nonzero',
    'aten::masked_select',
    'aten::_unique2',
    'aten::unique_dim',
    'aten::unique_consecutive',
    'aten::bincount',
    'aten::equal',
    'aten::repeat_interleave',
}
"""Operators whose result the CPU has to look at."""


class _Functions(TorchFunctionMode):
    def __init__(self, found: list[str], device: str) -> None:
        super().__init__()
        self.found, self.device = found, device

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result, name = func(*args, **(kwargs or {})), getattr(func, '__name__', '')
        if name in READS and args[0].device.type == self.device:
            self.found.append(resolve_name(func) or name)
        elif name in COPIES and isinstance(result, Tensor) and result.device.type != 'cpu':
            self.found.append(f'{name} to {result.device}')
        elif name == '__getitem__' and args[0].device.type != 'cpu' and _by_numbers(args[1]):
            self.found.append('index by a list')
        return result


class _Operators(TorchDispatchMode):
    def __init__(self, found: list[str], device: str) -> None:
        super().__init__()
        self.found, self.device = found, device

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result, name = func(*args, **(kwargs or {})), func._schema.name
        if name in DEPENDENT and args[0].device.type == self.device:
            self.found.append(name)
        elif name in (
            'aten::index',
            'aten::index_put',
            'aten::index_put_',
            'aten::_index_put_impl_',
        ):
            if any(one is not None and one.dtype in (torch.bool, torch.uint8) for one in args[1]):
                self.found.append(f'{name} by a mask')
        elif name in ('aten::_to_copy', 'aten::copy_'):
            waits = not (kwargs or {}).get('non_blocking', False) and True not in args[2:]
            devices = {one.device.type for one in tree_leaves((args, result)) if _is_tensor(one)}
            if waits and len(devices) > 1:
                self.found.append(f'{name} between {" and ".join(sorted(devices))}')
        return result


class Waits:
    """Notes in ``found`` all that waits for a device while it is entered."""

    def __init__(self, device: str = 'cpu') -> None:
        self.found: list[str] = []
        self.device = device

    def __enter__(self) -> Waits:
        self._modes = (_Operators(self.found, self.device), _Functions(self.found, self.device))
        for mode in self._modes:
            mode.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for mode in reversed(self._modes):
            mode.__exit__(kind, error, trace)


def _by_numbers(index: Any) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    return any(isinstance(part, list) or (_is_tensor(part) and part.is_cpu) for part in parts)


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Tensor)
