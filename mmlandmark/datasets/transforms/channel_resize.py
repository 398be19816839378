"""Inputs of a wanted size from pictures of any size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS

from mmlandmark.datasets.channel_geometry import move_sample
from mmlandmark.errors import LandmarkError
from mmlandmark.geometry.affine import scale_affine


@TRANSFORMS.register_module()
class ResizeChannels(BaseTransform):
    """Resizes the picture and its keypoints.

    A coordinate is multiplied by the factor of its axis, the new width over the old one.

    Args:
        size: Width and height of the input. Each side is filled by its own factor, or with
            ``keep_ratio`` the picture is as large as it fits.
        short_side: In place of ``size``: pixels of the shorter side; the ratio is kept.
        keep_ratio: One factor for both sides of ``size``.
        pad: With ``keep_ratio``: fill up to ``size`` at the right and at the bottom, as
            ``PadChannels`` does.
        pad_value: Blue, green and red of what is filled up.

    Raises:
        LandmarkError: Neither or both of ``size`` and ``short_side``, or ``pad`` without its ratio.
    """

    def __init__(
        self,
        size: Sequence[int] | None = None,
        short_side: int | None = None,
        keep_ratio: bool = False,
        pad: bool = False,
        pad_value: Sequence[int] = (0, 0, 0),
    ) -> None:
        if (size is None) == (short_side is None):
            raise LandmarkError(
                'ResizeChannels: expected either size=(width, height) or short_side'
            )
        if pad and not (keep_ratio and size is not None):
            raise LandmarkError('ResizeChannels: pad=True needs size and keep_ratio=True')
        self.size = None if size is None else checked_size(size, 'ResizeChannels')
        self.short_side = short_side
        if short_side is not None and (type(short_side) is not int or short_side < 1):
            raise LandmarkError(f'ResizeChannels: short_side is {short_side!r}; expected pixels')
        self.keep_ratio = keep_ratio
        self.padding = PadChannels(size=self.size, value=pad_value) if pad else None

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Change the picture, its keypoints and the way back."""
        picture = results['img']
        height, width = picture.shape[:2]
        new_width, new_height = self._new_size(width, height)
        shrinks = new_width <= width and new_height <= height
        # the mean over what a pixel covers, else lines fall between pixels
        method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        resized = cv2.resize(picture, (new_width, new_height), interpolation=method)
        results = move_sample(
            results, resized, scale_affine(new_width / width, new_height / height)
        )
        return results if self.padding is None else self.padding.transform(results)

    def _new_size(self, width: int, height: int) -> tuple[int, int]:
        if self.size is not None and not self.keep_ratio:
            return self.size
        if self.size is not None:
            factor = min(self.size[0] / width, self.size[1] / height)
        else:
            factor = self.short_side / min(width, height)
        return max(1, round(width * factor)), max(1, round(height * factor))


@TRANSFORMS.register_module()
class PadChannels(BaseTransform):
    """Fills a picture up at the right and at the bottom; coordinates stay as they are.

    ``img_shape`` stays the size before, so that neither the loss nor peaks see what is filled up.

    Args:
        size: Width and height of the input.
        divisor: In place of ``size``: both sides become multiples of it.
        value: Blue, green and red of what is filled up.

    Raises:
        LandmarkError: Neither or both of ``size`` and ``divisor``; a picture larger than ``size``.
    """

    def __init__(
        self,
        size: Sequence[int] | None = None,
        divisor: int | None = None,
        value: Sequence[int] = (0, 0, 0),
    ) -> None:
        if (size is None) == (divisor is None):
            raise LandmarkError('PadChannels: expected either size=(width, height) or divisor')
        if divisor is not None and (type(divisor) is not int or divisor < 1):
            raise LandmarkError(f'PadChannels: divisor is {divisor!r}; expected pixels')
        self.size = None if size is None else checked_size(size, 'PadChannels')
        self.divisor, self.value = divisor, checked_colour(value, 'PadChannels: value')

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Change the picture."""
        picture = results['img']
        height, width = picture.shape[:2]
        if self.size is not None:
            new_width, new_height = self.size
        else:
            new_width, new_height = (
                -(-side // self.divisor) * self.divisor for side in (width, height)
            )
        if width > new_width or height > new_height:
            raise LandmarkError(
                f'{results["img_path"]}: PadChannels: the picture is {width}x{height}, larger than '
                f'{new_width}x{new_height}; resize or crop it before'
            )
        padded = np.empty((new_height, new_width, 3), dtype=picture.dtype)
        padded[:] = self.value
        padded[:height, :width] = picture
        results['img'] = padded
        return results


def checked_colour(colour: Sequence[int], where: str) -> tuple[int, int, int]:
    """Return blue, green and red.

    Raises:
        LandmarkError: They are not three whole numbers from 0 to 255.
    """
    values = tuple(colour) if isinstance(colour, Sequence) else (colour,)
    if len(values) != 3 or any(type(v) is not int or not 0 <= v <= 255 for v in values):
        raise LandmarkError(f'{where} is {colour!r:.40}; expected (blue, green, red), 0 to 255')
    return values


def checked_size(size: Sequence[int], where: str) -> tuple[int, int]:
    """Return a width and a height.

    Raises:
        LandmarkError: They are not two whole numbers of at least 1.
    """
    values = tuple(size) if isinstance(size, Sequence) else (size,)
    if len(values) != 2 or any(type(value) is not int or value < 1 for value in values):
        raise LandmarkError(f'{where}: size is {size!r:.40}; expected (width, height) in pixels')
    return values
