"""MMPose flips maps of UDP's combined kind back only where they are contiguous in memory."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from mmlandmark.compat.rebind import rebind


def _channels_last_is_refused(flip: Callable[..., Tensor]) -> bool:
    maps = torch.zeros(2, 6, 4, 4).contiguous(memory_format=torch.channels_last)
    try:
        flip(maps, flip_mode='udp_combined', flip_indices=[1, 0])
    except RuntimeError:
        return True
    return False


def fix_flip_maps() -> bool:
    """Let a network with channels last have a flip test; return whether MMPose's fails."""
    from mmpose.models.utils.tta import flip_heatmaps as original

    if not _channels_last_is_refused(original):
        return False

    @functools.wraps(original)
    def flip_heatmaps(heatmaps: Tensor, *args: Any, **options: Any) -> Tensor:
        return original(heatmaps.contiguous(), *args, **options)

    rebind(original, flip_heatmaps)
    return True
