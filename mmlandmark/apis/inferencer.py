"""Converters for use in programs: arrays in, arrays out."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.models.converters.checkpoint import load_converter
from mmlandmark.schemas import Conversion, KeypointSchema


class LandmarkConverterInferencer:
    """A trained converter, loaded from its checkpoint alone.

    Args:
        checkpoint: File that ``tools/train.py`` wrote.
        device: Where to compute.
        batch_size: Instances at a time.

    Example:
        >>> inferencer = LandmarkConverterInferencer('work_dirs/x/best.pth')  # doctest: +SKIP
        >>> conversion = inferencer(points)  # (S, 2) or (N, S, 2) pixels  # doctest: +SKIP
    """

    def __init__(self, checkpoint: str | Path, device: str = 'cpu', batch_size: int = 8192) -> None:
        if batch_size < 1:
            raise LandmarkError(f'batch_size is {batch_size}, expected at least 1')
        self.converter = load_converter(checkpoint, device)
        self.batch_size = batch_size

    @property
    def name(self) -> str:
        """``source-to-target_network``."""
        return self.converter.name

    @property
    def source_schema(self) -> KeypointSchema:
        """Schema of the points that it takes."""
        return self.converter.source_schema

    @property
    def target_schema(self) -> KeypointSchema:
        """Schema of the points that it gives."""
        return self.converter.target_schema

    def convert(
        self, points: np.ndarray, visible: np.ndarray, bboxes: np.ndarray | None = None
    ) -> Conversion:
        """Convert (N, S, 2) pixels with (N, S) visibility; see ``KeypointConverter.convert``."""
        return self.converter.convert(points, visible, bboxes, self.batch_size)

    def __call__(
        self,
        points: np.ndarray,
        visible: np.ndarray | None = None,
        bboxes: np.ndarray | None = None,
    ) -> Conversion:
        """Convert one instance or many.

        Args:
            points: (S, 2) or (N, S, 2) pixels; NaN where a point is not labelled.
            visible: (S,) or (N, S) COCO's v; None: labelled wherever ``points`` is a number.
            bboxes: (4,) or (N, 4) boxes, for converters with the ``bbox`` normaliser.

        Returns:
            A ``Conversion`` whose arrays have a leading N if ``points`` had.
        """
        points = np.asarray(points, dtype=np.float64)
        one = points.ndim == 2
        if visible is None:
            visible = np.where(np.isfinite(points).all(-1), 2, 0)
        visible = np.asarray(visible)
        if one:
            points, visible = points[None], visible[None]
            bboxes = None if bboxes is None else np.asarray(bboxes)[None]
        result = self.convert(points, visible, bboxes)
        if not one:
            return result
        sigma = None if result.sigma is None else result.sigma[0]
        return Conversion(result.points[0], result.visible[0], result.inferred[0], sigma)
