"""Pictures that come in."""

from __future__ import annotations

import numpy as np

from mmlandmark.errors import LandmarkError


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
