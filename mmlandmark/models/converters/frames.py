"""Frames in which networks see points: centred and of unit size."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from mmlandmark.errors import LandmarkError, nearest


class Frame(NamedTuple):
    """Where a normalised frame lies in the picture.

    Args:
        center: (B, 1, 2) pixels.
        scale: (B, 1, 1) pixels for one unit, above zero.
    """

    center: Tensor
    scale: Tensor

    def encode(self, points: Tensor) -> Tensor:
        """Turn (B, K, 2) pixels into normalised coordinates."""
        return (points - self.center) / self.scale

    def decode(self, points: Tensor) -> Tensor:
        """Turn (B, K, 2) normalised coordinates into pixels."""
        return points * self.scale + self.center


class SimilarityNormalizer:
    """Centre on the centroid of the source points; a unit is their root mean square radius.

    It needs nothing but the points, so a converter that uses it commutes with translation and
    scale, and no size that a metric divides by can leak into it.
    """

    name = 'similarity'

    def __call__(self, points: Tensor, bboxes: Tensor | None) -> Frame:
        """Return the frame of complete (B, S, 2) source points."""
        center = points.mean(1, keepdim=True)
        scale = (points - center).square().sum(-1).mean(1).sqrt()
        return Frame(center, _positive(scale))


class BBoxNormalizer:
    """Centre on the instance's box; a unit is half of its longer side, as is published."""

    name = 'bbox'

    def __call__(self, points: Tensor, bboxes: Tensor | None) -> Frame:
        """Return the frame of (B, 4) boxes ``x1 y1 x2 y2`` in pixels.

        Raises:
            LandmarkError: No boxes are given.
        """
        if bboxes is None:
            raise LandmarkError("normalizer 'bbox' needs a box for every instance; none were given")
        low, high = bboxes[:, :2], bboxes[:, 2:]
        scale = (high - low).amax(1) / 2
        return Frame(((low + high) / 2)[:, None], _positive(scale))


NORMALIZERS = {cls.name: cls for cls in (SimilarityNormalizer, BBoxNormalizer)}


def build_normalizer(name: str) -> SimilarityNormalizer | BBoxNormalizer:
    """Return the normaliser ``similarity`` or ``bbox``; a LandmarkError names the nearest."""
    if name not in NORMALIZERS:
        raise LandmarkError(
            f'unknown normalizer {name!r}{nearest(str(name), NORMALIZERS)}; '
            f'known: {", ".join(NORMALIZERS)}'
        )
    return NORMALIZERS[name]()


def _positive(scale: Tensor) -> Tensor:
    # points that all coincide have no size; a unit of one pixel keeps them where they are
    return torch.where(scale > 1e-6, scale, torch.ones_like(scale))[:, None, None]
