"""Converters from files: one face for an ONNX graph and for arrays of numpy."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.exported.info import ConverterInfo
from mmlandmark.exported.session import OnnxFile
from mmlandmark.schemas import Conversion, KeypointSchema

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]
"""Points (N, T, 2), v (N, T), inferred (N, T) and sigma (N, T) or None."""


class ExportedConverter(ABC):
    """A converter from its file, called as ``LandmarkConverterInferencer`` is.

    Args:
        info: What the file says of itself.
    """

    def __init__(self, info: ConverterInfo) -> None:
        self.info = info

    @property
    def name(self) -> str:
        """``source-to-target_network``, or that of the mapping."""
        return self.info.name

    @property
    def source_schema(self) -> KeypointSchema:
        """Schema of the points that it takes."""
        return self.info.source_schema

    @property
    def target_schema(self) -> KeypointSchema:
        """Schema of the points that it gives."""
        return self.info.target_schema

    def convert(
        self,
        points: np.ndarray,
        visible: np.ndarray,
        bboxes: np.ndarray | None = None,
        batch_size: int = 1024,
    ) -> Conversion:
        """Convert (N, S, 2) points with (N, S) visibility.

        Args:
            points: Pixels; NaN where a point is not labelled.
            visible: COCO's v.
            bboxes: (N, 4) ``x1 y1 x2 y2``, for the ``bbox`` normaliser.
            batch_size: Instances at a time.

        Raises:
            LandmarkError: The shapes do not fit, a point is infinite, or boxes are missing.
        """
        points, visible = np.asarray(points, dtype=np.float64), np.asarray(visible)
        self._check(points, visible)
        seen = np.where(np.isnan(points).any(-1) | ~(visible > 0), 0, np.where(visible >= 2, 2, 1))
        boxes = self._boxes(bboxes, len(points))
        parts = []
        for start in range(0, len(points), batch_size):
            rows = slice(start, start + batch_size)
            box = None if boxes is None else boxes[rows]
            parts.append(self._convert(points[rows], seen[rows].astype(np.uint8), box))
        if not parts:
            parts.append(self._nothing())
        joined = [None if p[0] is None else np.concatenate(p) for p in zip(*parts, strict=True)]
        return Conversion(*joined)

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
        visible = np.full(points.shape[:-1], 2) if visible is None else np.asarray(visible)
        if points.ndim != 2:
            return self.convert(points, visible, bboxes)
        box = None if bboxes is None else np.asarray(bboxes)[None]
        result = self.convert(points[None], visible[None], box)
        sigma = None if result.sigma is None else result.sigma[0]
        return Conversion(result.points[0], result.visible[0], result.inferred[0], sigma)

    @abstractmethod
    def _convert(
        self, points: np.ndarray, visible: np.ndarray, bboxes: np.ndarray | None
    ) -> Arrays:
        """Convert a batch of at least one; arguments are checked."""

    def _nothing(self) -> Arrays:
        shape = (0, self.target_schema.num_keypoints)
        sigma = np.zeros(shape) if self.info.has_sigma else None
        return np.zeros((*shape, 2)), np.zeros(shape, np.uint8), np.zeros(shape, bool), sigma

    def _check(self, points: np.ndarray, visible: np.ndarray) -> None:
        schema = self.source_schema
        wanted = (*points.shape[:1], schema.num_keypoints)
        if points.shape != (*wanted, 2) or visible.shape != wanted:
            raise LandmarkError(
                f'schema {schema.name!r} has {schema.num_keypoints} keypoints: expected points (N, '
                f'{schema.num_keypoints}, 2) and visibility (N, {schema.num_keypoints}), found '
                f'{points.shape} and {visible.shape}'
            )
        bad = np.isinf(points).any(-1) & (visible > 0)
        if bad.any():
            row, column = np.argwhere(bad)[0]
            raise LandmarkError(
                f'instance {row}: labelled keypoint {schema.keypoints[column]!r} of '
                f'{schema.name!r} is infinite, expected pixels, or NaN where there is no label'
            )

    def _boxes(self, bboxes: np.ndarray | None, num: int) -> np.ndarray | None:
        if self.info.normalizer != 'bbox':
            return None
        if bboxes is None:
            raise LandmarkError("normalizer 'bbox' needs a box for every instance; none were given")
        bboxes = np.asarray(bboxes, dtype=np.float64)
        if bboxes.shape != (num, 4) or not np.isfinite(bboxes).all():
            raise LandmarkError(
                f'expected finite boxes ({num}, 4) x1 y1 x2 y2, found {bboxes.shape}'
            )
        return bboxes


class OnnxConverter(ExportedConverter):
    """A converter, or a mapping, as an ONNX graph.

    Args:
        file: The opened file.
    """

    def __init__(self, file: OnnxFile) -> None:
        super().__init__(file.info)
        self._file = file

    def _convert(
        self, points: np.ndarray, visible: np.ndarray, bboxes: np.ndarray | None
    ) -> Arrays:
        feed: dict[str, Any] = dict(points=points, visible=visible)
        if bboxes is not None:
            feed['bboxes'] = bboxes
        found = self._file.run(feed)
        return (
            found['target_points'],
            found['target_visible'],
            found['inferred'],
            found.get('sigma'),
        )
