"""Crops that are larger than the input of a model, and affine changes of whole batches of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mmlandmark.errors import LandmarkError
from mmlandmark.geometry.random_affine import BoxChanges


@dataclass(frozen=True)
class CropFrame:
    """Where the input of a model lies in a crop with a margin.

    Pixel ``p`` of the input is pixel ``resolution * p + margin`` of the crop; whole numbers are
    the centres of pixels in both.

    Args:
        input_size: Width and height of the input.
        margin: Pixels of the crop left and right of the input, and above and below it.
        resolution: Pixels of the crop for one of the input.
        use_udp: Whether the box ends at the centres of the outermost pixels of the input, as with
            ``TopdownAffine(use_udp=True)``, rather than half a pixel before and beyond.
    """

    input_size: tuple[int, int]
    margin: tuple[int, int]
    resolution: float = 1.0
    use_udp: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the crop."""
        width, height = (
            math.ceil(self.resolution * (side - 1)) + 1 + 2 * margin
            for side, margin in zip(self.input_size, self.margin, strict=True)
        )
        return width, height

    @property
    def box(self) -> np.ndarray:
        """Width and height of the box in pixels of the input, (2,)."""
        return np.array(self.input_size, dtype=np.float64) - self.use_udp

    @property
    def to_crop(self) -> np.ndarray:
        """The matrix (3, 3) from the input to the crop."""
        (right, down), step = self.margin, self.resolution
        return np.array([[step, 0, right], [0, step, down], [0, 0, 1]], dtype=np.float64)


def change_matrices(
    frame: CropFrame, changes: BoxChanges, box_shares: np.ndarray | float = 1.0
) -> np.ndarray:
    """Return what moves points of the input to where they are after changes of the box.

    The same as to change the box by MMPose's ``RandomFlip`` and ``RandomBBoxTransform`` and then
    to cut it out with ``TopdownAffine``. UDP's matrix turns the other way round than the classic
    one, and is a little sheared where the input is no square, as in MMPose.

    Args:
        frame: Of the crops.
        changes: Of B boxes.
        box_shares: (B, 2), the sides of the boxes as they were shifted over those of the boxes
            that were cut out, which have the shape of the input.

    Returns:
        (B, 3, 3) float64.
    """
    num, box = len(changes.scale), frame.box
    middle = box / 2
    angle = np.deg2rad(changes.rotation) * (1 if frame.use_udp else -1)
    cos, sin = np.cos(angle) / changes.scale, np.sin(angle) / changes.scale
    # pixels of the input are no squares under UDP: sides of input - 1 for those of the box
    stretch = box / np.array(frame.input_size)
    skew = stretch[0] / stretch[1]
    linear = np.stack([cos, -sin * skew, sin / skew, cos], axis=1).reshape(num, 2, 2)
    mirrored = np.where(changes.flip, -1.0, 1.0)
    shift = -(linear @ (changes.shift * box_shares * box)[..., None])[..., 0]
    linear = linear * np.stack([mirrored, np.ones(num)], axis=1)[:, None]
    matrices = np.zeros((num, 3, 3))
    matrices[:, :2, :2], matrices[:, 2, 2] = linear, 1
    matrices[:, :2, 2] = shift + middle - linear @ middle
    return matrices


def warp_crops(crops: Tensor, frame: CropFrame, matrices: np.ndarray) -> Tensor:
    """Return the inputs after ``change_matrices``, bilinear; black where the crop ends.

    Args:
        crops: (B, C, H, W), of any number type.
        frame: Of the crops.
        matrices: (B, 3, 3).

    Returns:
        (B, C, h, w) of the size of the input, float32, not rounded.

    Raises:
        LandmarkError: The crops are not of the frame's size.
    """
    check_crops(crops, frame)
    (width, height), (crop_width, crop_height) = frame.input_size, frame.size
    places = frame.to_crop @ np.linalg.inv(matrices)
    unit = np.array([[2 / (crop_width - 1), 0, -1], [0, 2 / (crop_height - 1), -1], [0, 0, 1]])
    ways = to_device((unit @ places)[:, :2].astype(np.float32), crops.device)
    x = torch.arange(width, dtype=torch.float32, device=crops.device)
    y = torch.arange(height, dtype=torch.float32, device=crops.device)[:, None]
    # sums rather than a product of matrices, which a GPU may round to 10 bits
    along, down, origin = (ways[:, :, None, None, axis] for axis in range(3))
    grid = along * x + (down * y + origin)
    grid = grid.permute(0, 2, 3, 1)
    # one by one on a CPU, where floating point copies of large crops leave the cache
    at_once = 1 if crops.device.type == 'cpu' else len(crops)
    inputs = crops.new_empty((*crops.shape[:2], height, width), dtype=torch.float32)
    for start in range(0, len(crops), at_once):
        some = slice(start, start + at_once)
        pictures = crops[some].to(torch.float32)
        inputs[some] = functional.grid_sample(pictures, grid[some], align_corners=True)
    return inputs


def cut_inputs(crops: Tensor, frame: CropFrame) -> Tensor:
    """Return the unchanged inputs, (B, C, h, w) float32; see ``warp_crops``."""
    check_crops(crops, frame)
    if frame.resolution == 1:
        (width, height), (left, top) = frame.input_size, frame.margin
        return crops[..., top : top + height, left : left + width].to(torch.float32)
    return warp_crops(crops, frame, np.broadcast_to(np.eye(3), (len(crops), 3, 3)))


def move_points(points: Tensor, matrices: Tensor) -> Tensor:
    """Return points (B, K, 2) moved by matrices (B, 3, 3); of their own type."""
    moved = points.to(matrices.dtype) @ matrices[:, :2, :2].mT + matrices[:, None, :2, 2]
    return moved.to(points.dtype)


def cut_off(points: Tensor, moved: Tensor, frame: CropFrame) -> Tensor:
    """Return which points the changed input should show but the crop does not have.

    Args:
        points: (..., 2) pixels of the unchanged input.
        moved: (..., 2) pixels of the changed one.
        frame: Of the crops.

    Returns:
        (...) bool.
    """
    (width, height), (right, down) = frame.size, frame.margin
    x, y = (points * frame.resolution).unbind(-1)
    cut = (x < -right - 0.5) | (x > width - right - 0.5)
    cut |= (y < -down - 0.5) | (y > height - down - 0.5)
    x, y = moved.unbind(-1)
    shown = (x >= -0.5) & (x <= frame.input_size[0] - 0.5)
    return cut & shown & (y >= -0.5) & (y <= frame.input_size[1] - 0.5)


def uncovered_share(frame: CropFrame, matrices: np.ndarray, steps: int = 24) -> float:
    """Return which share of the changed inputs lies outside of the crop, black instead of picture.

    Args:
        frame: Of the crops.
        matrices: (B, 3, 3) of ``change_matrices``.
        steps: Points along each side of the input that are looked at.
    """
    x, y = (np.linspace(0, side - 1, steps) for side in frame.input_size)
    grid = np.stack([*np.meshgrid(x, y), np.ones((steps, steps))]).reshape(3, -1)
    places = (frame.to_crop @ np.linalg.inv(matrices))[:, :2] @ grid
    last = np.array(frame.size)[:, None] - 0.5
    return float(((places < -0.5) | (places > last)).any(axis=1).mean())


def check_crops(crops: Tensor, frame: CropFrame) -> None:
    """Raise a LandmarkError unless crops (B, C, H, W) are of the frame's size."""
    if tuple(crops.shape[-2:]) != frame.size[::-1]:
        raise LandmarkError(
            f'crops are {crops.shape[-1]} x {crops.shape[-2]} pixels, expected '
            f'{frame.size[0]} x {frame.size[1]}; nothing may change their size behind '
            'CropWithMargin'
        )


def to_device(numbers: np.ndarray, device: torch.device) -> Tensor:
    """Copy numbers to a device without waiting for it."""
    tensor = torch.from_numpy(numbers)
    if device.type == 'cuda':
        tensor = tensor.pin_memory()
    return tensor.to(device, non_blocking=True)
