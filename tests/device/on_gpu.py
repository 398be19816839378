"""Tensors that say they are on a GPU, which is not there, and refuse what a GPU's would refuse.

Each holds its values in memory of the CPU and computes there, so that results can be compared
with those of the CPU. Python sees ``cuda:0`` as their device. Torch's own C++ sees the CPU: which
kernels a GPU has and how these round is not shown.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from models.waits import DEPENDENT
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map

GPU, CPU = torch.device('cuda', 0), torch.device('cpu')
BY_POSITION = {'aten::index', 'aten::index_put', 'aten::index_put_', 'aten::_index_put_impl_'}
"""Operators that take positions of any device, and copy those of the CPU to the GPU."""
NUMBERS = BY_POSITION | {'aten::fill_'}
"""Operators that take a tensor of one number from any device, beside those for single elements."""


class PretendedGPU:
    """What happened on a GPU while it was there.

    Attributes:
        waits: What the CPU waited for, in order.
    """

    present: list[PretendedGPU] = []

    def __init__(self) -> None:
        self.waits: list[str] = []
        self.sent: list[tuple[Tensor, Tensor]] = []

    def overwritten(self) -> int:
        """Return how many sources of copies that nothing waited for were written to since."""
        return sum(
            source.numpy().tobytes() != arrived.numpy().tobytes() for source, arrived in self.sent
        )


class OnGPU(Tensor):
    """A tensor of the GPU that is not there.

    Args:
        values: What it holds, a tensor of the CPU; shared.
    """

    held: Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, values: Tensor) -> OnGPU:
        made = Tensor._make_wrapper_subclass(
            cls,
            values.shape,
            strides=values.stride(),
            storage_offset=values.storage_offset(),
            dtype=values.dtype,
            device=CPU,
        )
        made.held = values
        return made

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return computed(func, args, kwargs or {})

    device = property(lambda self: GPU)
    is_cuda = property(lambda self: True)
    is_cpu = property(lambda self: False)

    @property
    def data(self) -> Tensor:
        return Tensor.data.__get__(self)

    @data.setter
    def data(self, new: Tensor) -> None:
        Tensor.data.__set__(self, new)
        self.held = new.held

    def __repr__(self, **_: Any) -> str:
        return f'{self.held!r} on {GPU}'

    def __deepcopy__(self, memo: dict[int, Any]) -> OnGPU:
        copied = OnGPU(self.held.clone()).requires_grad_(self.requires_grad)
        if isinstance(self, torch.nn.Parameter):
            copied = torch.nn.Parameter(copied, self.requires_grad)
        memo[id(self)] = copied
        return copied

    def __reduce_ex__(self, protocol: int) -> Any:
        note_wait('pickled')
        return self.held.__reduce_ex__(protocol)

    def to(self, *args: Any, **options: Any) -> Tensor:
        return to(self, *args, **options)

    def cpu(self) -> Tensor:
        return to(self, CPU)

    def cuda(self, *_: Any, **__: Any) -> Tensor:
        return self

    def numpy(self, *_: Any, **__: Any) -> np.ndarray:
        raise TypeError(
            f"can't convert {GPU} device type tensor to numpy. Use Tensor.cpu() to copy the "
            'tensor to host memory first.'
        )

    def __array__(self, *_: Any, **__: Any) -> np.ndarray:
        return self.numpy()

    def tolist(self) -> Any:
        note_wait('tolist')
        return self.held.tolist()

    def new_tensor(self, data: Any, dtype: Any = None, **_: Any) -> Tensor:
        note_wait(f'new_tensor to {GPU}')
        return OnGPU(torch.tensor(data, dtype=dtype or self.dtype))

    def pin_memory(self, *_: Any, **__: Any) -> Tensor:
        raise RuntimeError("cannot pin 'torch.cuda.FloatTensor' only dense CPU tensors can be")


class _Move(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, tensor: Tensor) -> Tensor:
        ctx.came = type(tensor) is not OnGPU
        return OnGPU(tensor.detach().clone()) if ctx.came else tensor.held.clone()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return gradient.held if ctx.came else OnGPU(gradient)


def to(tensor: Tensor, *args: Any, **options: Any) -> Tensor:
    """Return what ``Tensor.to`` returns."""
    copy = options.pop('copy', False)
    other = options.pop('other', args[0] if args and isinstance(args[0], Tensor) else None)
    if other is None:
        with torch._C.DisableTorchFunction():  # which would tell it another device
            device, dtype, not_waited, layout = torch._C._nn._parse_to(*args, **options)
    else:
        device, dtype, not_waited, layout = other.device, other.dtype, False, None
    there = type(tensor) is OnGPU
    wanted = there if device is None else not is_cpu(device)
    if there != wanted:
        source, tensor = tensor, _Move.apply(tensor)
        pinned = getattr(source, 'is_pretended_pinned', False)
        if there:
            note_wait('copied to the CPU' + ', and read before it is there' * not_waited)
        elif not not_waited:
            note_wait('copied to the GPU')
        elif pinned:
            for gpu in PretendedGPU.present:
                gpu.sent.append((source.detach(), tensor.held))
    more = {} if layout is None else dict(memory_format=layout)
    with torch._C.DisableTorchFunction():
        return Tensor.to(tensor, dtype or tensor.dtype, copy=copy, **more)


def computed(func: Any, args: Any, kwargs: Any) -> Any:
    """Return what an operator makes of tensors, on their device."""
    given = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
    _check_devices(func, given, args)
    _note_waits(func, given, args, kwargs)
    found = func(*tree_map(_held, args), **tree_map(_held, kwargs))
    # what is written in place is returned as itself
    own = {id(one.held): one for one in given if type(one) is OnGPU}
    written = any(
        a.alias_info is not None and a.alias_info.is_write for a in func._schema.arguments
    )
    return tree_map(lambda one: _there(one, own if written else {}), found)


def _check_devices(func: Any, given: list[Tensor], args: Any) -> None:
    """Raise what torch raises for tensors of several devices."""
    name, strays = func._schema.name, [one for one in given if type(one) is not OnGPU]
    if name == 'aten::copy_' or len(strays) == len(given):
        return
    if torch._C._current_autograd_node() is not None:
        return  # torch's C++ fills in zeros where it takes the tensors to be
    if name in BY_POSITION and type(args[0]) is OnGPU:
        strays = [one for one in args[2:3] if type(one) is not OnGPU]
    takes_numbers = torch.Tag.pointwise in func.tags or name in NUMBERS
    written = args[0] if name.endswith('_') else None
    if any(one.ndim or one is written or not takes_numbers for one in strays):
        raise RuntimeError(
            'Expected all tensors to be on the same device, but found at least two devices, '
            f'{GPU} and cpu! (when calling {name})'
        )


def _note_waits(func: Any, given: list[Tensor], args: Any, kwargs: Any) -> None:
    name = func._schema.name
    if name in DEPENDENT:
        note_wait(name)
    elif name in BY_POSITION:
        index = [one for one in args[1] if one is not None]
        if any(one.dtype in (torch.bool, torch.uint8) for one in index):
            note_wait(f'{name} by a mask')
        elif any(type(one) is not OnGPU for one in index):
            note_wait(f'{name} by positions of the CPU')
    elif name == 'aten::copy_' and len({type(one) is OnGPU for one in given}) > 1:
        waited = not (args[2] if len(args) > 2 else kwargs.get('non_blocking', False))
        if waited:
            note_wait(name)


def note_wait(what: str) -> None:
    """Say what the CPU waits for."""
    for gpu in PretendedGPU.present:
        gpu.waits.append(what)


def is_cpu(device: Any) -> bool:
    """Whether a device, or its name or number, is the CPU."""
    return not isinstance(device, int) and torch.device(device).type == 'cpu'


def _held(value: Any) -> Any:
    return value.held if type(value) is OnGPU else value


def _there(value: Any, own: dict[int, OnGPU]) -> Any:
    if not isinstance(value, Tensor) or type(value) is OnGPU:
        return value
    return own[id(value)] if id(value) in own else OnGPU(value)
