"""Points of many boxes on many pictures in one call, by any top-down model."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from mmengine.config import Config
from mmengine.logging import print_log
from mmengine.registry import DefaultScope
from mmpose.models.pose_estimators import TopdownPoseEstimator

from mmlandmark.apis.given_boxes import BoxInput, GivenBoxes, box_problems
from mmlandmark.apis.inference_network import default_batch_size
from mmlandmark.apis.landmark_model import LandmarkModel
from mmlandmark.apis.picture_sources import PictureSource, Source, SourcePicture
from mmlandmark.apis.topdown_crops import Crop, CropPipeline
from mmlandmark.apis.topdown_predictor import Landmarks, TopdownPredictor, check_finite
from mmlandmark.errors import LandmarkError
from mmlandmark.models.devices import choose_device
from mmlandmark.progress import track

Item = TypeVar('Item')


@dataclass
class PictureLandmarks:
    """What was found in the boxes of one picture.

    Attributes:
        name: Of the picture; see ``SourcePicture``.
        boxes: (N, 4) x1, y1, x2, y2, as given.
        landmarks: One per box; None for a box that cannot be used.
        problems: Why, one line each.
    """

    name: str
    boxes: np.ndarray
    landmarks: list[Landmarks | None]
    problems: list[str] = field(default_factory=list)


class _Task(NamedTuple):
    picture: np.ndarray
    box: np.ndarray
    name: str
    dataset_name: str | None
    result: PictureLandmarks
    number: int


class TopdownInferencer:
    """Does what ``mmpose.apis.inference_topdown`` does, for all boxes of all pictures at once.

    Batches run across pictures, and the crops of the next are cut while the network is busy.

    Args:
        config: Config of the model: a path, ``PACKAGE::PATH`` or a Config.
        checkpoint: Its weights.
        device: ``cpu``, ``cuda:0``, ...; by default a GPU if there is one.
        schema: For models of several schemas: which one to predict.
        batch_size: Boxes at a time; None: 4 on a CPU, else 64.
        workers: Threads that cut crops.
        **speed: Options of ``TopdownPredictor``: ``bfloat16``, ``channels_last``, ``decoding``,
            ``fuse``, ``keep_memory``.

    Raises:
        LandmarkError: A file is missing or wrong, or the checkpoint does not fit.

    Example:
        >>> inferencer = TopdownInferencer(config, checkpoint)  # doctest: +SKIP
        >>> one, two = inferencer(['a.jpg', 'b.jpg'], [boxes, more_boxes])  # doctest: +SKIP
        >>> one.landmarks[0].points  # (K, 2) pixels  # doctest: +SKIP
    """

    def __init__(
        self,
        config: str | os.PathLike | Config,
        checkpoint: str | os.PathLike,
        device: str | None = None,
        schema: str | None = None,
        batch_size: int | None = None,
        workers: int = 2,
        **speed: Any,
    ) -> None:
        device = choose_device(device)
        self._set_sizes(batch_size, workers, device)
        model = LandmarkModel(config, checkpoint, device, schema, **speed)
        self.schema = model.schema
        self._crop, self._predict = model.crop, model.landmarks

    @classmethod
    def from_model(
        cls,
        model: TopdownPoseEstimator,
        batch_size: int | None = None,
        workers: int = 2,
        **speed: Any,
    ) -> TopdownInferencer:
        """Return an inferencer of a model that ``mmpose.apis.init_model`` has built.

        Args:
            model: It has ``cfg`` and ``dataset_meta``.
            batch_size: As above.
            workers: Threads that cut crops.
            **speed: As above.

        Raises:
            LandmarkError: It is no ``TopdownPoseEstimator``, or not one of ``init_model``.
        """
        if not isinstance(model, TopdownPoseEstimator) or not hasattr(model, 'cfg'):
            raise LandmarkError(
                f'{type(model).__name__} is no top-down model; expected a TopdownPoseEstimator of '
                'mmpose.apis.init_model'
            )
        self = cls.__new__(cls)
        self._set_sizes(batch_size, workers, model.data_preprocessor.device)
        self.schema = None
        predictor = TopdownPredictor(model, **speed)
        scope = model.cfg.get('default_scope', 'mmpose')
        with DefaultScope.overwrite_default_scope(scope):
            steps = model.cfg.test_dataloader.dataset.pipeline
            self._crop = CropPipeline(steps, model.dataset_meta, predictor.packs_all)
        self._predict = partial(_predict_built, model, predictor, scope)
        return self

    def __call__(
        self,
        inputs: Source,
        bboxes: BoxInput,
        flip_test: bool | None = None,
        datasets: Sequence[str | Sequence[str]] | None = None,
        *,
        strict: bool = False,
    ) -> list[PictureLandmarks]:
        """Return the landmarks of every picture, in order.

        Args:
            inputs: Path of a picture, array, or several; see ``PictureSource``.
            bboxes: Boxes of each picture, see ``GivenBoxes``; none gives no landmarks.
            flip_test: Average with the mirrored crop; None: as the config says.
            datasets: For models of several schemas: the data set of each picture's boxes, or of
                each box, whose schema is predicted.
            strict: Stop at the first picture or box that cannot be used.

        Raises:
            LandmarkError: Wrong input, or with ``strict`` the first problem.
        """
        source = PictureSource(inputs)
        given = GivenBoxes(bboxes, single=source.is_single)
        results: list[PictureLandmarks] = []
        boxes = self._tasks(source, given, datasets, results, strict)
        for tasks, crops in track(_ahead(self._batches(boxes)), 'batches'):
            found = self._predict(crops, flip_test)
            for task, landmarks in zip(tasks, found, strict=True):
                task.result.landmarks[task.number] = landmarks
        unused = given.unused()
        if unused:
            raise LandmarkError(
                f'boxes were given for {unused[0]}, which is not among the pictures'
            )
        problems = [line for result in results for line in result.problems]
        if problems:
            text = f'{len(problems)} problems, noted in the results; the first is {problems[0]}'
            print_log(text, logger='current', level=logging.WARNING)
        return results

    def _set_sizes(self, batch_size: int | None, workers: int, device: str | torch.device) -> None:
        if batch_size is None:
            batch_size = default_batch_size(device)
        for name, value in (('batch_size', batch_size), ('workers', workers)):
            if value < 1:
                raise LandmarkError(f'{name} is {value}, expected at least 1')
        self.batch_size, self.workers = batch_size, workers

    def _tasks(
        self,
        source: PictureSource,
        given: GivenBoxes,
        datasets: Sequence[str | Sequence[str]] | None,
        results: list[PictureLandmarks],
        strict: bool,
    ) -> Iterator[_Task]:
        """Yield every usable box; a result for each picture goes to ``results``."""
        for place, item in enumerate(source):
            boxes, problem = given.of(item.name)
            names = _dataset_names(datasets, place, len(boxes), item.name)
            told = _box_problems(item, boxes)
            problem = item.problem or problem
            result = PictureLandmarks(item.name, boxes, [None] * len(boxes))
            result.problems += [problem] if problem else [line for line in told if line]
            if strict and result.problems:
                raise LandmarkError(result.problems[0])
            results.append(result)
            for number, (box, line, name) in enumerate(zip(boxes, told, names, strict=True)):
                if not line:
                    yield _Task(item.picture, box, item.name, name, result, number)

    def _batches(self, tasks: Iterator[_Task]) -> Iterator[tuple[list[_Task], list[Crop]]]:
        with ThreadPoolExecutor(self.workers) as pool:
            chunk: list[_Task] = []
            for task in tasks:
                chunk.append(task)
                if len(chunk) == self.batch_size:
                    yield chunk, list(pool.map(self._cut, chunk))
                    chunk = []
            if chunk:
                yield chunk, list(pool.map(self._cut, chunk))

    def _cut(self, task: _Task) -> Crop:
        return self._crop(*task[:4])


def _predict_built(
    model: TopdownPoseEstimator,
    predictor: TopdownPredictor,
    scope: str,
    crops: Sequence[Crop],
    flip_test: bool | None,
) -> list[Landmarks]:
    chosen = {} if flip_test is None else {'flip_test': flip_test}
    with DefaultScope.overwrite_default_scope(scope):
        found = predictor(crops, {**model.test_cfg, **chosen})
    check_finite(found, crops)
    return found


def _box_problems(item: SourcePicture, boxes: np.ndarray) -> list[str]:
    """Return why each box cannot be used, or nothing."""
    if item.picture is None:
        return [item.problem] * len(boxes)
    height, width = item.picture.shape[:2]
    return [f'{item.name}: {line}' if line else '' for line in box_problems(boxes, (width, height))]


def _dataset_names(
    datasets: Sequence[str | Sequence[str]] | None, place: int, count: int, name: str
) -> list[str | None]:
    """Return the data set of each of the boxes of a picture."""
    if datasets is None:
        return [None] * count
    if isinstance(datasets, str):
        return [datasets] * count
    if place >= len(datasets):
        raise LandmarkError(f'{name}: datasets has {len(datasets)} entries; expected one a picture')
    own = datasets[place]
    names = [own] * count if isinstance(own, str) else list(own)
    if len(names) != count:
        raise LandmarkError(f'{name}: {len(names)} data sets for {count} boxes; expected as many')
    return names


def _ahead(items: Iterable[Item]) -> Iterator[Item]:
    """Yield items of which the next is made by a thread while one is used."""
    end, source = object(), iter(items)
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(next, source, end)
        while (item := future.result()) is not end:
            future = pool.submit(next, source, end)
            yield item
