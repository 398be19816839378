"""The device that a user names, looked at before anything is moved to it."""

from __future__ import annotations

import torch

from mmlandmark.errors import LandmarkError


def choose_device(device: str | torch.device | None = None) -> torch.device:
    """Return a device that can be computed on; by default ``cuda:0`` where there is a GPU.

    Raises:
        LandmarkError: It is not known, or not there.
    """
    name = device or ('cuda:0' if torch.cuda.is_available() else 'cpu')
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError, ValueError) as error:
        reason = ' '.join(str(error).split())
        raise LandmarkError(f'device {str(name)!r} cannot be used: {reason:.120}') from error
