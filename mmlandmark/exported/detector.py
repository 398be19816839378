"""A top-down model from its file: pictures and boxes in, points and scores out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.exported.crops import box_frames, crop_affines, cut_crops, points_affines
from mmlandmark.exported.info import DetectorInfo
from mmlandmark.exported.pictures import check_batch, check_picture
from mmlandmark.exported.session import OnnxFile
from mmlandmark.schemas import KeypointSchema


class Detected(NamedTuple):
    """The points of the boxes of one picture.

    Args:
        points: (N, K, 2) float64 pixels of the picture.
        scores: (N, K) float64.
    """

    points: np.ndarray
    scores: np.ndarray


class ExportedDetector:
    """Finds the points of boxes.

    Args:
        file: The opened file.
    """

    def __init__(self, file: OnnxFile) -> None:
        self.info: DetectorInfo = file.info
        self._file = file

    @property
    def schema(self) -> KeypointSchema:
        """Schema of the points."""
        return self.info.schema

    def __call__(
        self, pictures: np.ndarray | Sequence[np.ndarray], boxes: Sequence, batch_size: int = 32
    ) -> Detected | list[Detected]:
        """Return the points of boxes, a batch across pictures at a time.

        Args:
            pictures: (H, W, 3) uint8, blue, green, red; or a list of such, of any sizes.
            boxes: (N, 4) x1, y1, x2, y2, pixels of the picture; a list of such for a list.
            batch_size: Boxes at a time.

        Returns:
            One result, or a list for a list; N may be 0.

        Raises:
            LandmarkError: A picture or box cannot be used, or the model's test pipeline cuts its
                crops in a way that only MMPose knows.
        """
        if isinstance(pictures, np.ndarray):
            return self([pictures], [boxes], batch_size)[0]
        if len(pictures) != len(boxes):
            raise LandmarkError(f'{len(pictures)} pictures with {len(boxes)} lists of boxes')
        pairs = enumerate(zip(pictures, boxes, strict=True))
        given = [self._check(*pair, number) for number, pair in pairs]
        rows = [(p, box) for p, many in enumerate(given) for box in many]
        shape = (len(rows), self.schema.num_keypoints)
        points, scores = np.zeros((*shape, 2)), np.zeros(shape)
        for start in range(0, len(rows), batch_size):
            part = slice(start, start + batch_size)
            points[part], scores[part] = self._boxes(pictures, rows[part])
        ends = np.cumsum([len(many) for many in given])
        return [
            Detected(points[end - len(many) : end], scores[end - len(many) : end])
            for many, end in zip(given, ends, strict=True)
        ]

    def crops(
        self, crops: np.ndarray, affines: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the points (N, K, 2) and scores (N, K) of crops, float32, as the graph gives them.

        Args:
            crops: (N, height, width, 3) uint8, blue, green, red.
            affines: (N, 2, 3), from pixels of the crops to those of the picture; needed, and
                looked at, where ``info.frame`` is ``picture``.

        Raises:
            LandmarkError: They are of another size or type, or the maps are missing.
        """
        crops = check_batch(crops, self.info.input_size, 'crops')
        feed = dict(crops=crops)
        if self.info.frame == 'picture':
            if affines is None or np.shape(affines) != (len(crops), 2, 3):
                raise LandmarkError(
                    f'expected affines ({len(crops)}, 2, 3), found {np.shape(affines)}; the file '
                    'gives points in pixels of the picture'
                )
            feed['affines'] = np.asarray(affines, dtype=np.float32)
        if not len(crops):  # graphs take one or more
            shape = (0, self.schema.num_keypoints)
            return np.zeros((*shape, 2), np.float32), np.zeros(shape, np.float32)
        found = self._file.run(feed)
        return found['points'], found['scores']

    def _check(self, picture: np.ndarray, boxes: np.ndarray, number: int) -> np.ndarray:
        check_picture(picture, f'picture {number}')
        boxes = np.asarray(boxes, dtype=np.float64)
        if boxes.size == 0:
            return boxes.reshape(0, 4)
        if boxes.ndim != 2 or boxes.shape[1] != 4:
            raise LandmarkError(
                f'picture {number}: boxes are {boxes.shape}, expected (N, 4) x1 y1 x2 y2'
            )
        usable = np.isfinite(boxes).all(1) & (boxes[:, 2:] > boxes[:, :2]).all(1)
        if not usable.all():
            row = int(np.argmin(usable))
            raise LandmarkError(
                f'picture {number}: box {row} is {boxes[row].tolist()}, expected finite numbers '
                'and an area'
            )
        return boxes

    def _boxes(
        self, pictures: Sequence[np.ndarray], rows: Sequence[tuple[int, np.ndarray]]
    ) -> tuple[np.ndarray, np.ndarray]:
        info = self.info
        if info.padding is None:
            raise LandmarkError(
                'the test pipeline of the model cuts its crops by more than GetBBoxCenterScale and '
                'TopdownAffine; cut them yourself and call crops()'
            )
        boxes = np.stack([box for _, box in rows])
        center, size = box_frames(boxes, info.padding, info.input_size)
        cuts = crop_affines(center, size, info.input_size, info.use_udp)
        crops = np.concatenate(
            [
                cut_crops(pictures[picture], cuts[row : row + 1], info.input_size)
                for row, (picture, _) in enumerate(rows)
            ]
        )
        back = points_affines(center, size, info.input_size)
        points, scores = self.crops(crops, back)
        points = points.astype(np.float64)
        if info.frame == 'input':
            points = points * back[:, None, [0, 1], [0, 1]] + back[:, None, :, 2]
        return points, scores.astype(np.float64)
