"""Pictures that come in."""

from __future__ import annotations

import numpy as np

from mmlandmark.errors import LandmarkError


def check_batch(pictures: np.ndarray, size: tuple[int, int], what: str) -> np.ndarray:
    """Return pictures as one array.

    Args:
        pictures: (N, height, width, 3) uint8; a list of pictures will do.
        size: Width and height that they must have.
        what: They are called, for messages.

    Raises:
        LandmarkError: They are of another size or type.
    """
    width, height = size
    wanted = f'uint8 (N, {height}, {width}, 3)'
    try:
        batch = np.asarray(pictures)
    except ValueError:  # pictures of several sizes make no array
        raise LandmarkError(f'{what} are of several sizes, expected {wanted}') from None
    if batch.ndim == 1 and not batch.size:
        return np.zeros((0, height, width, 3), np.uint8)
    if batch.dtype != np.uint8 or batch.shape[1:] != (height, width, 3):
        raise LandmarkError(f'{what} are {batch.dtype} {batch.shape}, expected {wanted}')
    return batch


def check_picture(picture: np.ndarray, where: str) -> None:
    """Raise a LandmarkError if a picture is not (H, W, 3) uint8 with pixels."""
    shape = np.shape(picture)
    if getattr(picture, 'dtype', None) != np.uint8 or len(shape) != 3 or shape[2] != 3:
        kind = getattr(picture, 'dtype', type(picture).__name__)
        raise LandmarkError(
            f'{where} is {kind} {shape}, expected uint8 (H, W, 3), blue, green, red'
        )
    if 0 in shape:
        raise LandmarkError(f'{where} has no pixels: {shape}')
