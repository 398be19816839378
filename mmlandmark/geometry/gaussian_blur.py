"""OpenCV's Gaussian blur as products of matrices, on the device of the maps."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from mmlandmark.errors import LandmarkError

BORDERS = ('none', 'zero', 'reflect')

_FIXED_TAPS = {
    3: (64, 128, 64),
    5: (16, 64, 96, 64, 16),
    7: (8, 28, 56, 72, 56, 28, 8),
    9: (4, 13, 30, 51, 60, 51, 30, 13, 4),
}  # over 256: what OpenCV takes for small kernels in place of the formula


def gaussian_taps(kernel_size: int) -> list[float]:
    """Return the weights of OpenCV's Gaussian kernel whose sigma follows from its size.

    Raises:
        LandmarkError: The size is not odd, or below 3.
    """
    if kernel_size < 3 or kernel_size % 2 == 0:
        raise LandmarkError(f'blur_kernel_size is {kernel_size}: expected an odd number from 3 on')
    if kernel_size in _FIXED_TAPS:
        return [tap / 256 for tap in _FIXED_TAPS[kernel_size]]
    middle = (kernel_size - 1) / 2
    sigma = 0.3 * (middle - 1) + 0.8
    taps = [math.exp(-((i - middle) ** 2) / (2 * sigma**2)) for i in range(kernel_size)]
    return [tap / sum(taps) for tap in taps]


def blur(values: Tensor, kernel_size: int, border: str, axes: int = 2) -> Tensor:
    """Blur along the last axes.

    Args:
        values: (..., H, W), or (..., W) with one axis.
        kernel_size: Odd.
        border: What lies outside: ``zero``; ``reflect``, the same mirrored at the centre of the
            outermost cells; or ``none``: the result is smaller by ``kernel_size - 1``.
        axes: 1 or 2.

    Returns:
        The blurred values, float32 on a CPU and float64 elsewhere, where products of matrices of
        single precision may be rounded to half of it.
    """
    for _ in range(axes):
        values = _blur_last(values, kernel_size, border)
        if axes == 2:
            values = values.transpose(-1, -2)
    return values


def _blur_last(values: Tensor, kernel_size: int, border: str) -> Tensor:
    rounds = values.device.type in ('cpu', 'mps')
    dtype = torch.float32 if rounds else torch.float64
    length = int(values.shape[-1]) - (kernel_size - 1 if border == 'none' else 0)
    matrix = _blur_matrix(length, kernel_size, border, values.device, dtype)
    with torch.autocast(values.device.type, enabled=False):
        return values.to(dtype).contiguous() @ matrix


@lru_cache(maxsize=64)
def _blur_matrix(
    length: int, kernel_size: int, border: str, device: torch.device, dtype: torch.dtype
) -> Tensor:
    """Return what rows of values are multiplied by, (number of values, length)."""
    reach = kernel_size // 2
    # by numpy, so that it is a constant of a graph that is being recorded
    matrix = np.zeros((length + 2 * reach, length))
    for offset, tap in enumerate(gaussian_taps(kernel_size)):
        matrix[np.arange(length) + offset, np.arange(length)] = tap
    if border == 'zero':
        matrix = matrix[reach : reach + length]
    elif border == 'reflect':
        places = np.abs(np.arange(-reach, length + reach)) % max(2 * (length - 1), 1)
        places = np.minimum(places, 2 * (length - 1) - places)
        folded = np.zeros((length, length))
        np.add.at(folded, places, matrix)
        matrix = folded
    return torch.from_numpy(matrix).to(device, dtype)
