"""Moving, turning and scaling keypoints."""

from __future__ import annotations

import torch
from torch import Tensor


def similarity_transform(
    points: Tensor,
    rotation: Tensor | float = 0.0,
    scale: Tensor | float = 1.0,
    translation: Tensor | float = 0.0,
    center: Tensor | float = 0.0,
) -> Tensor:
    """Turn and scale keypoints about a centre, then move them.

    Args:
        points: (..., K, 2) coordinates.
        rotation: (...) angle in radians; positive turns x towards y (clockwise on a screen).
        scale: (...) factor.
        translation: (..., 2) shift in the units of the points.
        center: (..., 2) fixed point of the turn.

    Returns:
        (..., K, 2) tensor; gradients pass to every tensor argument.
    """
    rotation, scale = (_like(points, v)[..., None] for v in (rotation, scale))
    translation, center = (_pair(_like(points, v))[..., None, :] for v in (translation, center))
    x, y = (points - center).unbind(-1)
    cos, sin = scale * torch.cos(rotation), scale * torch.sin(rotation)
    turned = torch.stack([cos * x - sin * y, sin * x + cos * y], dim=-1)
    return turned + center + translation


def _like(points: Tensor, value: Tensor | float) -> Tensor:
    return torch.as_tensor(value, dtype=points.dtype, device=points.device)


def _pair(value: Tensor) -> Tensor:
    return value.expand(2) if value.ndim == 0 else value
