"""Affine maps of the plane as (2, 3) matrices, for numpy arrays and torch tensors.

A coordinate is measured from the corner of a picture, in pixels: pixel (i, j) covers [i, i + 1) x
[j, j + 1). So a resize multiplies coordinates, and a flip gives ``width - x``.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import torch

Array = TypeVar('Array', np.ndarray, torch.Tensor)


def apply_affine(points: Array, matrix: np.ndarray | torch.Tensor) -> Array:
    """Map points by an affine matrix.

    Args:
        points: (..., N, 2) coordinates; an array or a tensor.
        matrix: (2, 3), or (..., 2, 3) with the leading shape of ``points``.

    Returns:
        (..., N, 2): for arrays in the wider of the two types, for tensors in that of ``points``.
    """
    if isinstance(points, torch.Tensor):
        matrix = torch.as_tensor(matrix, dtype=points.dtype, device=points.device)
        # products of coordinates in the half precision of autocast are off by whole pixels
        x, y = points[..., :1], points[..., 1:]
        columns = matrix[..., None, :, 0], matrix[..., None, :, 1]
        return x * columns[0] + y * columns[1] + matrix[..., None, :, 2]
    matrix = np.asarray(matrix)
    return points @ np.swapaxes(matrix[..., :2], -1, -2) + matrix[..., None, :, 2]


def identity_affine() -> np.ndarray:
    """Return the map that changes nothing, (2, 3) float64."""
    return np.eye(2, 3)


def scale_affine(x: float, y: float) -> np.ndarray:
    """Return the map that multiplies x and y, (2, 3) float64."""
    return np.array([[x, 0.0, 0.0], [0.0, y, 0.0]])


def shift_affine(x: float, y: float) -> np.ndarray:
    """Return the map that adds to x and y, (2, 3) float64."""
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y]])


def flip_affine(width: float) -> np.ndarray:
    """Return the map that mirrors a picture of that width left to right, (2, 3) float64."""
    return np.array([[-1.0, 0.0, width], [0.0, 1.0, 0.0]])


def rotation_affine(degrees: float) -> np.ndarray:
    """Return the rotation about (0, 0), clockwise as seen, since y points down; (2, 3) float64."""
    angle = np.deg2rad(degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin, 0.0], [sin, cos, 0.0]])


def compose_affine(*matrices: np.ndarray) -> np.ndarray:
    """Return the map that applies the last matrix first, as a product of matrices does.

    Args:
        matrices: (2, 3) each, one or more.
    """
    result = _square(matrices[0])
    for matrix in matrices[1:]:
        result = result @ _square(matrix)
    return result[:2]


def invert_affine(matrix: np.ndarray) -> np.ndarray:
    """Return the inverse map of a (2, 3) matrix, (2, 3) float64.

    Raises:
        numpy.linalg.LinAlgError: The map has none.
    """
    return np.linalg.inv(_square(matrix))[:2]


def pixel_index_affine(matrix: np.ndarray) -> np.ndarray:
    """Return the same map for indices of pixels, whose centres are whole numbers, as OpenCV warps.

    Args:
        matrix: (2, 3) over coordinates measured from the corner, where centres are at .5.
    """
    return compose_affine(shift_affine(-0.5, -0.5), matrix, shift_affine(0.5, 0.5))


def _square(matrix: np.ndarray) -> np.ndarray:
    return np.vstack([np.asarray(matrix, dtype=np.float64), [0.0, 0.0, 1.0]])
