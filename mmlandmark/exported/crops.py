"""What a model sees of a box: cut out of a picture by numpy as MMPose and OpenCV do."""

from __future__ import annotations

import numpy as np

_STEPS = 32
"""OpenCV's places between two pixels."""
_FINE = 1024
"""The places that it adds up, before it rounds them to these."""


def box_frames(
    boxes: np.ndarray, padding: float, input_size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return what crops show, as ``GetBBoxCenterScale`` and ``TopdownAffine`` say.

    Args:
        boxes: (N, 4) x1, y1, x2, y2, pixels.
        padding: The side of a crop over that of its box.
        input_size: Width and height of a crop, pixels.

    Returns:
        Centres (N, 2) and widths and heights (N, 2), pixels of the picture.
    """
    boxes = np.asarray(boxes, dtype=np.float32)
    center = (boxes[:, 2:] + boxes[:, :2]) * np.float32(0.5)
    wide, high = ((boxes[:, 2:] - boxes[:, :2]) * np.float32(padding)).T
    ratio = input_size[0] / input_size[1]
    by_width = wide > high * ratio
    size = np.where(by_width, [wide, wide / ratio], [high * ratio, high]).T
    return center.astype(np.float64), size.astype(np.float64)


def crop_affines(
    center: np.ndarray, size: np.ndarray, input_size: tuple[int, int], use_udp: bool
) -> np.ndarray:
    """Return the maps from pixels of the picture to those of crops, (N, 2, 3).

    Args:
        center: (N, 2).
        size: (N, 2), what a crop shows.
        input_size: Width and height of a crop, pixels.
        use_udp: The middles of the outermost pixels lie on the edges of what is shown.
    """
    target = np.array(input_size, dtype=np.float64)
    if use_udp:
        scale = (target - 1) / size
        shift = scale * (size / 2 - center)
    else:
        scale = np.repeat(target[:1] / size[:, :1], 2, axis=1)
        shift = target / 2 - scale * center
    affines = np.zeros((len(center), 2, 3))
    affines[:, 0, 0], affines[:, 1, 1] = scale.T
    affines[:, :, 2] = shift
    # MMPose keeps UDP's matrix in single precision
    return affines.astype(np.float32).astype(np.float64) if use_udp else affines


def points_affines(center: np.ndarray, size: np.ndarray, input_size: tuple[int, int]) -> np.ndarray:
    """Return the maps from predicted points in crops to the picture, (N, 2, 3), as MMPose has it.

    They are not the inverse of `crop_affines` where that is UDP's, whose codec counts a crop's
    width as that of the box.
    """
    affines = np.zeros((len(center), 2, 3))
    affines[:, 0, 0], affines[:, 1, 1] = (size / input_size).T
    affines[:, :, 2] = center - size / 2
    return affines


def cut_crops(picture: np.ndarray, affines: np.ndarray, input_size: tuple[int, int]) -> np.ndarray:
    """Cut crops out of a picture, what lies outside of it black.

    Bilinear, at the 32nd parts of a pixel to which OpenCV's ``warpAffine`` rounds places.

    Args:
        picture: (H, W, 3) uint8.
        affines: (N, 2, 3) of `crop_affines`: no rotation, no shear.
        input_size: Width and height of a crop, pixels.

    Returns:
        (N, height, width, 3) uint8.
    """
    width, height = input_size
    crops = np.empty((len(affines), height, width, 3), dtype=np.uint8)
    for crop, affine in zip(crops, affines, strict=True):
        # OpenCV rounds the place of a row once, that of a column as a sum of two
        x_step, x_start = 1 / affine[0, 0], -affine[0, 2] / affine[0, 0]
        y_step, y_start = 1 / affine[1, 1], -affine[1, 2] / affine[1, 1]
        columns = np.rint(np.arange(width) * x_step * _FINE) + np.rint(x_start * _FINE)
        rows = np.rint((np.arange(height) * y_step + y_start) * _FINE)
        crop[:] = _cut(picture, columns, rows)
    return crops


def _cut(picture: np.ndarray, columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the crop whose pixels lie at some places, in 1 / 1024 pixels of the picture."""
    (above, below), (upper, lower) = _neighbours(rows, picture.shape[0])
    (before, behind), (left, right) = _neighbours(columns, picture.shape[1])
    first, last = before.min(), behind.max() + 1
    strip = picture[:, first:last]
    lines = strip[above] * upper[:, None, None] + strip[below] * lower[:, None, None]
    total = lines[:, before - first] * left[:, None] + lines[:, behind - first] * right[:, None]
    return ((total + _STEPS**2 // 2) // _STEPS**2).astype(np.uint8)


def _neighbours(
    places: np.ndarray, length: int
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return the pixels before and behind each place, and their weights, 0 off the picture."""
    steps = (places.astype(np.int64) + _FINE // _STEPS // 2) // (_FINE // _STEPS)
    pixel, part = steps // _STEPS, (steps % _STEPS).astype(np.int32)
    found = []
    for index, weight in ((pixel, _STEPS - part), (pixel + 1, part)):
        inside = (index >= 0) & (index < length)
        found.append((index.clip(0, length - 1), weight * inside))
    (before, left), (behind, right) = found
    return (before, behind), (left, right)
