"""Random changes of a picture that take its channel keypoints along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS

from mmlandmark.datasets.channel_geometry import move_sample, swap_channels
from mmlandmark.datasets.transforms.channel_resize import checked_colour, checked_size
from mmlandmark.errors import LandmarkError
from mmlandmark.geometry.affine import (
    compose_affine,
    flip_affine,
    pixel_index_affine,
    rotation_affine,
    scale_affine,
    shift_affine,
)


@TRANSFORMS.register_module()
class RandomChannelAffine(BaseTransform):
    """Rotates, scales, shifts and mirrors; the input keeps its size.

    Keypoints move with the picture and keep their channels; in a mirror image the channels of
    ``flip_channels`` swap. Keypoints that leave the picture are dropped and counted.

    Args:
        rotate: Up to that many degrees either way, about the centre.
        scale: Least and largest factor, about the centre; drawn evenly on a logarithmic scale.
        shift: Up to that share of the width and of the height, either way.
        flip: Probability of a mirror image.
        prob: Probability of rotation, scale and shift; the mirror image has its own.
        fill: Blue, green and red of what was not in the picture.

    Raises:
        LandmarkError: A value that is not as it should be.
    """

    random = True

    def __init__(
        self,
        rotate: float = 0.0,
        scale: Sequence[float] = (1.0, 1.0),
        shift: float = 0.0,
        flip: float = 0.0,
        prob: float = 1.0,
        fill: Sequence[int] = (0, 0, 0),
    ) -> None:
        factors = tuple(scale) if isinstance(scale, Sequence) else ()
        if len(factors) != 2 or not 0 < factors[0] <= factors[1]:
            raise LandmarkError(
                f'RandomChannelAffine: scale is {scale!r}; expected two factors, the lesser first'
            )
        for name, value, most in (
            ('rotate', rotate, 180),
            ('shift', shift, 1),
            ('flip', flip, 1),
            ('prob', prob, 1),
        ):
            if not 0 <= value <= most:
                raise LandmarkError(
                    f'RandomChannelAffine: {name} is {value!r}; expected from 0 to {most}'
                )
        self.rotate, self.scale, self.shift = rotate, factors, shift
        self.flip, self.prob = flip, prob
        self.fill = checked_colour(fill, 'RandomChannelAffine: fill')

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Change the picture, its keypoints and the way back."""
        picture = results['img']
        height, width = picture.shape[:2]
        mirrored = np.random.rand() < self.flip
        moved = np.random.rand() < self.prob
        if not (mirrored or moved):
            return results
        matrix = flip_affine(width) if mirrored else shift_affine(0, 0)
        if moved:
            matrix = compose_affine(self._drawn(width, height), matrix)
            picture = cv2.warpAffine(
                picture,
                pixel_index_affine(matrix),
                (width, height),
                flags=cv2.INTER_LINEAR,
                borderValue=self.fill,
            )
        else:
            picture = np.ascontiguousarray(picture[:, ::-1])
        if mirrored:
            swap_channels(results)
        return move_sample(results, picture, matrix)

    def _drawn(self, width: int, height: int) -> np.ndarray:
        angle = np.random.uniform(-self.rotate, self.rotate)
        factor = np.exp(np.random.uniform(*np.log(self.scale)))
        x, y = np.random.uniform(-self.shift, self.shift, 2)
        return compose_affine(
            shift_affine((0.5 + x) * width, (0.5 + y) * height),
            rotation_affine(angle),
            scale_affine(factor, factor),
            shift_affine(-width / 2, -height / 2),
        )


@TRANSFORMS.register_module()
class RandomChannelCrop(BaseTransform):
    """Cuts a window out at random, whole pixels; keypoints outside it are dropped and counted.

    Args:
        size: Width and height of the window. A side of the picture that is shorter stays as it is;
            ``PadChannels`` fills it up.
        prob: Probability.

    Raises:
        LandmarkError: A value that is not as it should be.
    """

    random = True

    def __init__(self, size: Sequence[int], prob: float = 1.0) -> None:
        self.size, self.prob = checked_size(size, 'RandomChannelCrop'), prob
        if not 0 <= prob <= 1:
            raise LandmarkError(f'RandomChannelCrop: prob is {prob!r}; expected from 0 to 1')

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Change the picture, its keypoints and the way back."""
        if np.random.rand() >= self.prob:
            return results
        picture = results['img']
        height, width = picture.shape[:2]
        new_width, new_height = min(self.size[0], width), min(self.size[1], height)
        left = np.random.randint(width - new_width + 1)
        top = np.random.randint(height - new_height + 1)
        window = picture[top : top + new_height, left : left + new_width]
        return move_sample(results, np.ascontiguousarray(window), shift_affine(-left, -top))
