"""From pictures with boxes to faces with landmarks, in batches that run across pictures."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mmlandmark.apis.face_results import FaceResult, PictureResult
from mmlandmark.apis.given_boxes import box_problems
from mmlandmark.apis.landmark_model import LandmarkModel
from mmlandmark.apis.picture_sources import SourcePicture
from mmlandmark.geometry.regions import region_boxes
from mmlandmark.schemas import region_groups


@dataclass
class BoxedPicture:
    """A picture and the boxes of its faces, which come back from the model in batches.

    Attributes:
        source: The picture; its pixels are given up once they are not needed.
        size: Its width and height; None where it could not be read.
        boxes: (N, 4) usable boxes.
        bbox_scores: The detector's score of each, or None.
        numbers: The place of each among the boxes that were given or found.
        problems: What is wrong with the picture or its boxes.
    """

    source: SourcePicture
    size: tuple[int, int] | None
    boxes: np.ndarray
    bbox_scores: list[float | None]
    numbers: list[int]
    problems: list[str]
    points: list[np.ndarray] = field(default_factory=list)
    scores: list[np.ndarray] = field(default_factory=list)

    @classmethod
    def from_boxes(
        cls,
        source: SourcePicture,
        boxes: np.ndarray,
        bbox_scores: np.ndarray | None = None,
        problem: str = '',
    ) -> BoxedPicture:
        """Keep the boxes (N, 4) that can hold a face and note what is wrong with the others."""
        if source.picture is None:
            return cls(source, None, np.empty((0, 4)), [], [], [source.problem])
        size = picture_size(source)
        told = box_problems(boxes, size)
        kept = [row for row, words in enumerate(told) if not words]
        problems = [problem] if problem else [f'{source.name}: {words}' for words in told if words]
        scores = [None if bbox_scores is None else float(bbox_scores[row]) for row in kept]
        return cls(source, size, boxes[kept], scores, kept, problems)

    @property
    def is_done(self) -> bool:
        """Whether every box has its points."""
        return len(self.points) == len(self.boxes)


class FaceBatches:
    """Runs a model over boxed pictures.

    Args:
        model: The model.
        batch_size: Faces at a time.
        bbox_source: Where the boxes come from, for the results.
        flip_test: Average with the mirrored crop; None: as the model's config says.
        keep_pictures: Hand every picture on with its result, instead of dropping it early.
    """

    def __init__(
        self,
        model: LandmarkModel,
        batch_size: int,
        bbox_source: str,
        flip_test: bool | None = None,
        keep_pictures: bool = True,
    ) -> None:
        self.model, self.batch_size, self.bbox_source = model, batch_size, bbox_source
        self.flip_test, self.keep_pictures = flip_test, keep_pictures
        self._groups = region_groups(model.schema) if model.schema.regions else {}
        self._waiting: deque[BoxedPicture] = deque()
        self._crops: deque[tuple[BoxedPicture, Any]] = deque()

    def run(
        self, pictures: Iterable[BoxedPicture]
    ) -> Iterator[tuple[np.ndarray | None, PictureResult]]:
        """Yield every picture, where it is kept, and its result, in order."""
        for entry in pictures:
            self._take(entry)
            while len(self._crops) >= self.batch_size:
                self._predict(self.batch_size)
            # One face must not hold up any number of pictures without one.
            if len(self._waiting) > self.batch_size:
                self._predict(len(self._crops))
            while self._waiting and self._waiting[0].is_done:
                yield self._result(self._waiting.popleft())
        self._predict(len(self._crops))
        while self._waiting:
            yield self._result(self._waiting.popleft())

    def _take(self, entry: BoxedPicture) -> None:
        self._waiting.append(entry)
        name, picture = entry.source.name, entry.source.picture
        self._crops += [(entry, self.model.crop(picture, box, name)) for box in entry.boxes]
        if not self.keep_pictures:
            entry.source = SourcePicture(name, None)

    def _predict(self, count: int) -> None:
        """Predict the first ``count`` crops; they are no more than one batch."""
        if not count:
            return
        entries, crops = zip(*(self._crops.popleft() for _ in range(count)), strict=True)
        points, scores = self.model.predict(crops, self.flip_test)
        for entry, own_points, own_scores in zip(entries, points, scores, strict=True):
            entry.points.append(own_points)
            entry.scores.append(own_scores)

    def _result(self, entry: BoxedPicture) -> tuple[np.ndarray | None, PictureResult]:
        faces = [
            FaceResult(*columns, regions=boxes, region_reasons=reasons, box_number=number)
            for *columns, (boxes, reasons), number in zip(
                entry.points,
                entry.scores,
                entry.boxes,
                entry.bbox_scores,
                self._regions(entry),
                entry.numbers,
                strict=True,
            )
        ]
        result = PictureResult(
            entry.source.name, entry.size, faces, tuple(entry.problems), self.bbox_source
        )
        return entry.source.picture, result

    def _regions(self, entry: BoxedPicture) -> list[tuple[dict[str, Any], dict[str, str]]]:
        """Return the boxes of each face's regions, None where there is none, and the reasons."""
        if not self._groups or not entry.points:
            return [({}, {})] * len(entry.points)
        points = np.array(entry.points)
        sizes, visible = np.tile(entry.size, (len(points), 1)), np.ones(points.shape[:2])
        boxes, reasons = region_boxes(points, visible, self._groups, sizes=sizes)
        return [
            (
                {n: None if why else b for n, b, why in zip(self._groups, own, told, strict=True)},
                {n: str(why) for n, why in zip(self._groups, told, strict=True) if why},
            )
            for own, told in zip(boxes, reasons, strict=True)
        ]


def picture_size(source: SourcePicture) -> tuple[int, int]:
    """Return width and height of a picture that could be read."""
    return source.picture.shape[1], source.picture.shape[0]


def problems_of(results: Sequence[PictureResult]) -> list[str]:
    """Return all problems of some results, one line each."""
    return [line for result in results for line in result.problems]
