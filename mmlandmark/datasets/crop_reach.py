"""What of a picture the crop of a box can show, and how large its pixels are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.datasets.transforms import GetBBoxCenterScale, RandomBBoxTransform, TopdownAffine
from mmpose.structures.bbox import bbox_xyxy2cs

from mmlandmark.datasets.picture_parts import allowed_factor

# UDP's matrix shears what it turns by as much as (width - 1) / (height - 1) is not width / height.
_SHEARED = 1.01


@dataclass(frozen=True)
class Reach:
    """What a crop shows.

    Attributes:
        low: (2,) least x and y, pixels of the picture.
        high: (2,) largest.
        pixels: How many pixels of the picture, along a side, become one of the crop.
    """

    low: np.ndarray
    high: np.ndarray
    pixels: float


class CropReach:
    """What a transform crops.

    Args:
        crop: A ``TopdownAffine``, maybe one with a ``frame`` around the input.
    """

    def __init__(self, crop: TopdownAffine) -> None:
        self.input_size = np.array(crop.input_size, dtype=np.float64)
        self.grown, self.resolution = np.ones(2), 1.0
        frame = getattr(crop, 'frame', None)
        if frame is not None:
            self.resolution = float(frame.resolution)
            self.grown = np.array(frame.size) / (self.resolution * self.input_size)

    def __call__(self, results: dict[str, Any]) -> Reach:
        """Return it for a sample with ``bbox_center`` and ``bbox_scale`` (1, 2)."""
        angle = abs(math.radians(float(np.ravel(results.get('bbox_rotation', 0.0))[0])))
        scale = results['bbox_scale'][:1]
        return self.within(results['bbox_center'][0], scale, scale, angle, angle)

    def within(
        self,
        center: np.ndarray,
        least: np.ndarray,
        most: np.ndarray,
        least_angle: float,
        most_angle: float,
        shift: np.ndarray | float = 0.0,
    ) -> Reach:
        """Return it for a range of boxes.

        Args:
            center: (2,) of the box.
            least: (1, 2) least scale, which decides how large a pixel is.
            most: (1, 2) largest scale.
            least_angle: By which it is turned either way, radians.
            most_angle: The largest.
            shift: (2,) by how much the centre moves either way.
        """
        half = _turned_half(self._sides(most) * self.grown, least_angle, most_angle)
        fewest, highest = (
            float(self._sides(scale)[0] / self.input_size[0] / self.resolution)
            for scale in (least, most)
        )
        # Between pixels four of them are mixed, of which each may stand for several.
        half = half * _SHEARED + shift + 1 + allowed_factor(highest)
        center = center.astype(np.float64)
        return Reach(center - half, center + half, fewest)

    def _sides(self, scale: np.ndarray) -> np.ndarray:
        aspect = self.input_size[0] / self.input_size[1]
        return TopdownAffine._fix_aspect_ratio(np.abs(scale), aspect)[0].astype(np.float64)


class BoxReach:
    """What the crops of a box can show, whatever the augmentation draws.

    Shifts, scales and angles come from the ``RandomBBoxTransform`` of the pipeline, which bounds
    all three. Other transforms that change boxes, such as ``RandomHalfBody``, are not
    foreseen: their crops may lie outside.

    Args:
        steps: The transforms between loading and cropping.
        crop: The transform that crops.
    """

    def __init__(self, steps: Sequence[BaseTransform], crop: TopdownAffine) -> None:
        self.crop = CropReach(crop)
        self.padding, self.shift, self.angle = 1.0, 0.0, 0.0
        self.scales = (1.0, 1.0)
        for step in steps:
            if isinstance(step, GetBBoxCenterScale):
                self.padding *= step.padding
            elif isinstance(step, RandomBBoxTransform):
                self._add(step)

    def __call__(self, results: dict[str, Any]) -> Reach | None:
        """Return it for a sample as it comes from a data set, None where there is no box."""
        if 'bbox_center' in results and 'bbox_scale' in results:
            center, scale = results['bbox_center'], results['bbox_scale'] * self.padding
        elif results.get('bbox') is not None:
            center, scale = bbox_xyxy2cs(results['bbox'], padding=self.padding)
        else:
            return None
        least, most = (scale[:1] * factor for factor in self.scales)
        shift = np.abs(scale[0]) * self.shift
        return self.crop.within(center[0], least, most, 0.0, self.angle, shift)

    def _add(self, step: RandomBBoxTransform) -> None:
        if step.shift_prob > 0:
            self.shift += step.shift_factor * self.scales[1]
        if step.scale_prob > 0:
            low, high = step.scale_factor
            if step.scale_prob < 1:
                low, high = min(low, 1.0), max(high, 1.0)
            self.scales = (self.scales[0] * low, self.scales[1] * high)
        if step.rotate_prob > 0:
            self.angle += math.radians(abs(step.rotate_factor))


def _turned_half(sides: np.ndarray, least: float, most: float) -> np.ndarray:
    """Half of the sides of what a rectangle covers, turned by ``least`` to ``most`` radians."""
    along, across = sides / 2
    return np.array([_widest(along, across, least, most), _widest(across, along, least, most)])


def _widest(along: float, across: float, least: float, most: float) -> float:
    if most - least >= math.pi:
        return math.hypot(along, across)
    diagonal = math.atan2(across, along)  # turned by so much, a corner is farthest
    peaks = [diagonal, math.pi - diagonal, math.pi + diagonal, 2 * math.pi - diagonal]
    angles = [least, most, *(peak for peak in peaks if least < peak < most)]
    return max(along * abs(math.cos(a)) + across * abs(math.sin(a)) for a in angles)
