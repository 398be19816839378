"""Random changes of a box: what MMPose draws sample by sample, for a whole batch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np

from mmlandmark.errors import LandmarkError, nearest


class BoxChanges(NamedTuple):
    """What is done to the boxes of B samples, in this order.

    Args:
        flip: (B,) bool; mirrored about the vertical line through the middle.
        shift: (B, 2) shares of the box's width and height by which its middle moves.
        scale: (B,) factors of its size.
        rotation: (B,) degrees, as ``bbox_rotation`` of MMPose.
    """

    flip: np.ndarray
    shift: np.ndarray
    scale: np.ndarray
    rotation: np.ndarray


@dataclass(frozen=True)
class RandomAffine:
    """The options of MMPose's ``RandomBBoxTransform`` and ``RandomFlip``, with their defaults.

    Shift, scale and rotation are normal numbers cut off at one standard deviation, which are
    stretched to the range of the option.

    Args:
        flip_prob: Share of samples that are mirrored.
        shift_factor: At most this share of the box's sides.
        shift_prob: Share of samples that are shifted.
        scale_factor: The least and the largest factor.
        scale_prob: Share of samples that are scaled.
        rotate_factor: At most so many degrees, in both directions.
        rotate_prob: Share of samples that are rotated.
    """

    flip_prob: float = 0.5
    shift_factor: float = 0.16
    shift_prob: float = 0.3
    scale_factor: tuple[float, float] = (0.5, 1.5)
    scale_prob: float = 1.0
    rotate_factor: float = 80.0
    rotate_prob: float = 0.6

    def __post_init__(self) -> None:
        """Raise a LandmarkError where an option makes no sense."""
        for name in ('flip_prob', 'shift_prob', 'scale_prob', 'rotate_prob'):
            if not 0 <= getattr(self, name) <= 1:
                _refuse(name, getattr(self, name), 'a number from 0 to 1')
        for name in ('shift_factor', 'rotate_factor'):
            if not 0 <= getattr(self, name) < math.inf:
                _refuse(name, getattr(self, name), 'a number from 0 on')
        given = tuple(self.scale_factor)
        if len(given) != 2 or not 0 < given[0] <= given[1] < math.inf:
            _refuse('scale_factor', given, 'two numbers above 0, the smaller one first')

    @classmethod
    def from_config(cls, config: Mapping[str, Any], where: str) -> RandomAffine:
        """Return what a config says.

        Args:
            config: Options by name.
            where: Whose config it is, for messages.

        Raises:
            LandmarkError: An option is unknown or makes no sense.
        """
        known = [field.name for field in fields(cls)]
        for name in config:
            if name not in known:
                raise LandmarkError(
                    f'{where}: affine has no option {name!r}{nearest(name, known)}; expected '
                    f'some of {", ".join(known)}'
                )
        try:
            return cls(**config)
        except LandmarkError as error:
            raise LandmarkError(f'{where}: {error}') from None

    def draw(self, num: int, rng: np.random.Generator) -> BoxChanges:
        """Return random changes of ``num`` boxes."""
        normal = _cut_normal((num, 4), rng)
        coins = rng.uniform(size=(num, 4))
        least, most = self.scale_factor
        shift = normal[:, :2] * self.shift_factor
        scale = normal[:, 2] * (most - least) / 2 + (most + least) / 2
        return BoxChanges(
            flip=coins[:, 0] < self.flip_prob,
            shift=np.where(coins[:, 1:2] < self.shift_prob, shift, 0.0),
            scale=np.where(coins[:, 2] < self.scale_prob, scale, 1.0),
            rotation=np.where(
                coins[:, 3] < self.rotate_prob, normal[:, 3] * self.rotate_factor, 0.0
            ),
        )

    def covering_margin(self, size: tuple[int, int]) -> tuple[float, float]:
        """Return how far the changed box can reach beyond the box, to the left and upwards.

        Args:
            size: Width and height of the box, pixels.
        """
        reach = max(self.scale_factor[1] if self.scale_prob else 1.0, 1.0)
        turn = math.radians(self.rotate_factor if self.rotate_prob else 0.0)
        shift = self.shift_factor if self.shift_prob else 0.0
        margins = []
        for along, across in (size, size[::-1]):
            worst = min(turn, math.atan2(across, along))
            half = (along * math.cos(worst) + across * math.sin(worst)) / 2
            margins.append(half * reach + shift * along - along / 2)
        return margins[0], margins[1]


def _cut_normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Return normal numbers that are cut off at one standard deviation."""
    values = rng.standard_normal(shape)
    while (outside := np.abs(values) > 1).any():
        values[outside] = rng.standard_normal(outside.sum())
    return values


def _refuse(name: str, value: Any, expected: str) -> None:
    raise LandmarkError(f'{name} is {value}; expected {expected}')
