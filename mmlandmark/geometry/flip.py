"""Mirroring keypoints: coordinates change sign, left and right change places."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import torch

Array = TypeVar('Array', np.ndarray, torch.Tensor)


def flip_points(points: Array, flip_indices: Any, width: Any = None) -> Array:
    """Mirror keypoints at the vertical axis.

    Args:
        points: (..., K, D) array or tensor, x first; D is 2 or more.
        flip_indices: (K,) the index of each keypoint's mirror partner.
        width: Width of the picture in pixels, so that x becomes ``width - 1 - x``; one number,
            or one per entry with the shape of the leading dimensions. Without it x becomes
            ``-x``, and flipping twice gives exactly what was there.

    Returns:
        A new array or tensor of the same kind and shape; gradients pass.
    """
    swapped = points[..., _like(points, flip_indices), :]
    x = -swapped[..., :1]
    if width is not None:
        x = x + (_like(points, width, points.dtype)[..., None, None] - 1)
    parts = [x, swapped[..., 1:]]
    return torch.cat(parts, -1) if isinstance(points, torch.Tensor) else np.concatenate(parts, -1)


def flip_visible(visible: Array, flip_indices: Any) -> Array:
    """Exchange left and right in a (..., K) array or tensor of one value per keypoint."""
    return visible[..., _like(visible, flip_indices)]


def _like(reference: Array, values: Any, dtype: Any = None) -> Array:
    if isinstance(reference, torch.Tensor):
        return torch.as_tensor(values, dtype=dtype, device=reference.device)
    return np.asarray(values, dtype=dtype)
