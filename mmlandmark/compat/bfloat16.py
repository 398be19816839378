"""numpy has no bfloat16: MMPose's heads compute their training accuracy in numpy and fail on it."""

from __future__ import annotations

import functools
from typing import Any

import torch

from mmlandmark.compat.rebind import rebind


def _widen(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.float() if value.dtype == torch.bfloat16 else value
    if isinstance(value, (list, tuple)):
        return type(value)(_widen(item) for item in value)
    return value


def fix_to_numpy() -> bool:
    """Widen bfloat16 before MMPose's ``to_numpy``; return whether that function refuses it."""
    from mmpose.utils.tensor_utils import to_numpy as original

    try:
        original(torch.zeros(1, dtype=torch.bfloat16))
        return False
    except TypeError:
        pass

    @functools.wraps(original)
    def to_numpy(x: Any, *args: Any, **kwargs: Any) -> Any:
        return original(_widen(x), *args, **kwargs)

    rebind(original, to_numpy)
    return True
