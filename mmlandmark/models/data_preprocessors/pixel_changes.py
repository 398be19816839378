"""Random changes of the pictures of a whole batch, which leave keypoints where they are.

Each is called with pictures (B, 3, H, W), float32 RGB from 0 to 255 on any device, and numpy's
generator of the step, and returns such pictures. To add one: write such a class, register it in
``MODELS``, and name it in ``pixels`` of ``AugmentingPoseDataPreprocessor``.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from mmpose.registry import MODELS
from torch import Tensor
from torch.nn import functional

from mmlandmark.errors import LandmarkError
from mmlandmark.geometry.crop_warp import to_device
from mmlandmark.models.data_preprocessors.colors import (
    change_brightness,
    change_contrast,
    change_hue,
    change_saturation,
)


@MODELS.register_module()
class BatchColorJitter:
    """Torchvision's ``ColorJitter``, in the order of the arguments, and then a few grey pictures.

    Args:
        brightness: A factor between ``1 - brightness`` and ``1 + brightness``.
        contrast: The same.
        saturation: The same.
        hue: A shift between ``-hue`` and ``hue`` of the whole circle, 0.5 at most.
        prob: Share of pictures that are changed.
        grey: Share of pictures that become grey; they keep three channels.
    """

    def __init__(
        self,
        brightness: float = 0.0,
        contrast: float = 0.0,
        saturation: float = 0.0,
        hue: float = 0.0,
        prob: float = 1.0,
        grey: float = 0.0,
    ) -> None:
        self.ranges = dict(brightness=brightness, contrast=contrast, saturation=saturation, hue=hue)
        for name, value in self.ranges.items():
            _check(self, name, value, 0, 0.5 if name == 'hue' else math.inf)
        self.prob = _check(self, 'prob', prob, 0, 1)
        self.grey = _check(self, 'grey', grey, 0, 1)

    def __call__(self, pictures: Tensor, rng: np.random.Generator) -> Tensor:
        """See the module."""
        factors = self.draw(len(pictures), rng)
        given = to_device(np.stack(list(factors.values())).astype(np.float32), pictures.device)
        ways = (change_brightness, change_contrast, change_saturation, change_hue)
        for (name, values), factor, change in zip(factors.items(), given, ways, strict=True):
            if (values != (0 if name == 'hue' else 1)).any():
                pictures = change(pictures, factor)
        return pictures

    def draw(self, num: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Return the factors of ``num`` pictures by name, (num,) each."""
        coins = rng.uniform(size=(2, num))
        factors = {}
        for name, wide in self.ranges.items():
            middle = 0.0 if name == 'hue' else 1.0
            least = -wide if name == 'hue' else max(0.0, 1 - wide)
            drawn = rng.uniform(least, middle + wide, num)
            factors[name] = np.where(coins[0] < self.prob, drawn, middle)
        factors['saturation'] = np.where(coins[1] < self.grey, 0.0, factors['saturation'])
        return factors


@MODELS.register_module()
class BatchGaussianBlur:
    """Torchvision's ``GaussianBlur``; borders are mirrored.

    Args:
        kernel_size: Odd, pixels.
        sigma: The least and the largest standard deviation, pixels.
        prob: Share of pictures that are blurred.
    """

    def __init__(
        self, kernel_size: int = 5, sigma: tuple[float, float] = (0.1, 2.0), prob: float = 0.1
    ) -> None:
        if kernel_size % 2 == 0 or kernel_size < 3:
            raise LandmarkError(
                f'BatchGaussianBlur: kernel_size is {kernel_size}; expected an odd number from 3 on'
            )
        self.reach = kernel_size // 2
        self.sigma = _check_range(self, 'sigma', sigma, 0.01, math.inf)
        self.prob = _check(self, 'prob', prob, 0, 1)

    def __call__(self, pictures: Tensor, rng: np.random.Generator) -> Tensor:
        """See the module; only the pictures that were chosen cost anything."""
        chosen = np.flatnonzero(rng.uniform(size=len(pictures)) < self.prob)
        sigmas = rng.uniform(*self.sigma, size=len(pictures))[chosen]
        if not len(chosen):
            return pictures
        away = np.arange(-self.reach, self.reach + 1)
        taps = np.exp(-(away**2) / (2 * sigmas[:, None] ** 2))
        taps = to_device(
            (taps / taps.sum(1, keepdims=True)).astype(np.float32), pictures.device
        ).repeat_interleave(pictures.shape[1], dim=0)
        index = to_device(chosen, pictures.device)
        return pictures.index_copy(0, index, self._blurred(pictures[index], taps))

    def _blurred(self, pictures: Tensor, taps: Tensor) -> Tensor:
        # a channel of a picture is a channel of one large picture, each with its own kernel
        values = functional.pad(pictures, (self.reach,) * 4, mode='reflect')
        values = values.flatten(0, 1)[None]
        groups = values.shape[1]
        values = functional.conv2d(values, taps[:, None, None, :], groups=groups)
        values = functional.conv2d(values, taps[:, None, :, None], groups=groups)
        return values.view_as(pictures)


@MODELS.register_module()
class BatchCoarseDropout:
    """Cover some rectangles of each picture, as Albumentations' ``CoarseDropout``.

    Args:
        holes: How many.
        size: The least and the largest side of one, as shares of the picture's.
        fill: The value that covers, 0 to 255.
        prob: Share of pictures that are covered.
    """

    def __init__(
        self,
        holes: int = 1,
        size: tuple[float, float] = (0.2, 0.4),
        fill: float = 0.0,
        prob: float = 0.5,
    ) -> None:
        self.holes = int(_check(self, 'holes', holes, 1, math.inf))
        self.size = _check_range(self, 'size', size, 0, 1)
        self.fill = _check(self, 'fill', fill, 0, 255)
        self.prob = _check(self, 'prob', prob, 0, 1)

    def __call__(self, pictures: Tensor, rng: np.random.Generator) -> Tensor:
        """See the module; a rectangle lies inside of its picture."""
        num, (height, width) = len(pictures), pictures.shape[-2:]
        sides = rng.uniform(*self.size, size=(2, self.holes, num))
        sides = np.where(rng.uniform(size=num) < self.prob, sides, 0.0)
        starts = rng.uniform(size=sides.shape) * (1 - sides)
        edges = np.stack([starts, starts + sides]).astype(np.float32)
        (left, top), (right, bottom) = to_device(edges, pictures.device).unbind(0)
        x = (torch.arange(width, device=pictures.device) + 0.5) / width
        y = (torch.arange(height, device=pictures.device) + 0.5) / height
        along = (left[..., None] <= x) & (x < right[..., None])
        down = (top[..., None] <= y) & (y < bottom[..., None])
        covered = (along[..., None, :] & down[..., None]).any(dim=0)
        return pictures.masked_fill(covered[:, None], self.fill)


def _check(owner: object, name: str, value: float, least: float, most: float) -> float:
    if not least <= value <= most:
        raise LandmarkError(
            f'{type(owner).__name__}: {name} is {value}; expected a number from {least} to {most}'
        )
    return value


def _check_range(
    owner: object, name: str, values: tuple[float, float], least: float, most: float
) -> tuple[float, float]:
    if len(values) != 2 or not least <= values[0] <= values[1] <= most:
        raise LandmarkError(
            f'{type(owner).__name__}: {name} is {tuple(values)}; expected two numbers from {least} '
            f'to {most}, the smaller one first'
        )
    return float(values[0]), float(values[1])
