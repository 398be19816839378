"""Landmarks of the faces on pictures, by a trained model: one call for the common case."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
from mmengine.config import Config
from mmengine.logging import print_log

from mmlandmark.annotations.writer import write_json
from mmlandmark.apis.detection import FaceDetector
from mmlandmark.apis.face_batches import BoxedPicture, FaceBatches, picture_size, problems_of
from mmlandmark.apis.face_drawing import FaceDrawings
from mmlandmark.apis.face_results import PictureResult, results_to_coco, results_to_json
from mmlandmark.apis.given_boxes import BoxInput, GivenBoxes
from mmlandmark.apis.inference_network import default_batch_size
from mmlandmark.apis.landmark_model import LandmarkModel
from mmlandmark.apis.picture_sources import PictureSource, Source
from mmlandmark.apis.result_files import check_result_files
from mmlandmark.errors import LandmarkError
from mmlandmark.models.devices import choose_device
from mmlandmark.progress import track
from mmlandmark.schemas import KeypointSchema

#: Pictures that the detector sees at once.
_DETECTOR_BATCH = 8
_GIVEN, _DETECTOR, _PICTURE = 'given', 'detector', 'picture'


class FaceLandmarkInferencer:
    """Finds the landmarks of faces on pictures, in folders and in videos.

    Args:
        config: Config of the landmark model: a path, ``mmlandmark::dogflw/NAME.py`` or a Config.
        checkpoint: Its weights.
        detector: Config of a detector of MMDetection; by default an RTMDet of one class, where
            ``detector_checkpoint`` is given.
        detector_checkpoint: Its weights.
        device: ``cpu``, ``cuda:0``, ...; by default a GPU if there is one.
        batch_size: Faces at a time, of any number of pictures; None: 4 on a CPU, else 64.
        bbox_thr: Least score of a detected box.
        nms_thr: Of detected boxes that overlap by more, the best stays.
        detector_classes: Which classes of the detector are faces; needed where it has several.
        schema: For models of several schemas: which one to predict.
        **speed: Options of ``TopdownPredictor``: ``bfloat16``, ``channels_last``, ``decoding``,
            ``fuse``, ``keep_memory``.

    Raises:
        LandmarkError: A file is missing or wrong, or a checkpoint is of another number of points.

    Example:
        >>> inferencer = FaceLandmarkInferencer(config, checkpoint)  # doctest: +SKIP
        >>> (result,) = inferencer('dog.jpg', bboxes=[30, 20, 210, 240])  # doctest: +SKIP
        >>> result.faces[0].points  # (46, 2) pixels  # doctest: +SKIP
    """

    def __init__(
        self,
        config: str | os.PathLike | Config,
        checkpoint: str | os.PathLike,
        detector: str | os.PathLike | Config | None = None,
        detector_checkpoint: str | os.PathLike | None = None,
        device: str | None = None,
        batch_size: int | None = None,
        bbox_thr: float = 0.3,
        nms_thr: float = 0.3,
        detector_classes: Sequence[str] | None = None,
        schema: str | None = None,
        **speed: Any,
    ) -> None:
        device = choose_device(device)
        self.batch_size = default_batch_size(device) if batch_size is None else batch_size
        if self.batch_size < 1:
            raise LandmarkError(f'batch_size is {batch_size}, expected at least 1')
        self.detector = None
        if detector is not None or detector_checkpoint is not None:
            self.detector = FaceDetector(
                detector,
                detector_checkpoint,
                device,
                bbox_thr=bbox_thr,
                nms_thr=nms_thr,
                classes=detector_classes,
            )
        self._model = LandmarkModel(config, checkpoint, device, schema, **speed)

    @property
    def schema(self) -> KeypointSchema:
        """Names, sides, links and regions of the points that come out."""
        return self._model.schema

    def __call__(
        self,
        inputs: Source,
        bboxes: BoxInput | None = None,
        whole_image: bool = False,
        flip_test: bool | None = None,
        draw_dir: str | os.PathLike | None = None,
        out: str | os.PathLike | None = None,
        coco_out: str | os.PathLike | None = None,
        *,
        strict: bool = False,
        overwrite: bool = False,
    ) -> list[PictureResult]:
        """Return the faces of every picture, in order.

        Args:
            inputs: Path of a picture, folder or video, array, or several; see ``PictureSource``.
            bboxes: Boxes of the faces, see ``GivenBoxes``; without them the detector is asked.
            whole_image: Take every picture as one face that fills it.
            flip_test: Average with the mirrored crop; None: as the config says.
            draw_dir: Folder to draw the results into.
            out: JSON file to write.
            coco_out: COCO keypoint file to write.
            strict: Stop at the first problem instead of noting it in the results and the log.
            overwrite: Replace files that exist.

        Raises:
            LandmarkError: Neither boxes nor a detector nor ``whole_image``, wrong input, or with
                ``strict`` the first picture or box that cannot be used; neither file is written
                then.
        """
        source, drawings = PictureSource(inputs), None
        check_result_files({'out': out, 'coco_out': coco_out}, source.reads, overwrite)
        if draw_dir is not None:
            drawings = FaceDrawings(
                draw_dir, self.schema, overwrite=overwrite, is_input=source.reads
            )
        found = self._start(source, bboxes, whole_image, flip_test, strict, drawings is not None)
        results = []
        for picture, result in track(found, 'pictures'):
            results.append(result)
            if drawings is not None and picture is not None:
                drawings.add(picture, result)
        for path, content in ((out, results_to_json), (coco_out, results_to_coco)):
            if path is not None:
                write_json(path, content(results, self.schema), overwrite=overwrite)
        problems = problems_of(results)
        if problems:
            _note(f'{len(problems)} problems, noted in the results; the first is {problems[0]}')
        return results

    def stream(
        self,
        inputs: Source,
        bboxes: BoxInput | None = None,
        whole_image: bool = False,
        flip_test: bool | None = None,
        *,
        strict: bool = False,
    ) -> Iterator[tuple[np.ndarray | None, PictureResult]]:
        """Return an iterator of every picture and its result, in order.

        For long videos and large folders: no more pictures are held than a batch has faces, and
        ``inputs`` may be an endless iterator of arrays. A picture is (H, W, 3) uint8 BGR, None
        where it could not be read. Arguments and errors are those of a call.
        """
        source = PictureSource(inputs)
        return self._start(source, bboxes, whole_image, flip_test, strict, True)

    def _start(
        self,
        source: PictureSource,
        bboxes: BoxInput | None,
        whole_image: bool,
        flip_test: bool | None,
        strict: bool,
        keep_pictures: bool,
    ) -> Iterator[tuple[np.ndarray | None, PictureResult]]:
        """Check what can be checked before the first picture, and return the results to come."""
        where = self._origin_of_boxes(bboxes, whole_image)
        given = GivenBoxes(bboxes, single=source.is_single) if where == _GIVEN else None
        if source.left_aside:
            _note(
                f'{len(source.left_aside)} files are neither pictures nor videos and were left '
                f'aside, the first is {source.left_aside[0]}'
            )
        boxed = self._boxed(source, given, where, strict)
        batches = FaceBatches(self._model, self.batch_size, where, flip_test, keep_pictures)
        return batches.run(boxed)

    def _origin_of_boxes(self, bboxes: BoxInput | None, whole_image: bool) -> str:
        if bboxes is not None and whole_image:
            raise LandmarkError('bboxes and whole_image were both given; expected one of them')
        if bboxes is not None:
            return _GIVEN
        if whole_image:
            return _PICTURE
        if self.detector is None:
            raise LandmarkError(
                'where are the faces? Give their boxes (bboxes, --boxes), a detector '
                '(detector_checkpoint, --detector-checkpoint), or whole_image=True (--whole-image) '
                'for pictures that show one face and nothing else'
            )
        return _DETECTOR

    def _boxed(
        self, source: PictureSource, given: GivenBoxes | None, where: str, strict: bool
    ) -> Iterator[BoxedPicture]:
        """Yield every picture with its boxes."""
        pictures = iter(source)
        while chunk := list(islice(pictures, _DETECTOR_BATCH if where == _DETECTOR else 1)):
            readable = [item.picture for item in chunk if item.picture is not None]
            found = iter(self.detector(readable)) if where == _DETECTOR else None
            for item in chunk:
                boxes, scores, problem = np.empty((0, 4)), None, ''
                if given is not None:
                    boxes, problem = given.of(item.name)
                elif item.picture is not None and found is not None:
                    boxes, scores = next(found)
                elif item.picture is not None:
                    boxes = np.array([[0.0, 0.0, *picture_size(item)]])
                entry = BoxedPicture.from_boxes(item, boxes, scores, problem)
                if strict and entry.problems:
                    raise LandmarkError(entry.problems[0])
                yield entry
        _check_all_used(given, strict)


def _check_all_used(given: GivenBoxes | None, strict: bool) -> None:
    unused = given.unused() if given is not None else []
    if unused:
        told = f'boxes for {len(unused)} pictures that are not there, the first is {unused[0]}'
        if strict:
            raise LandmarkError(told)
        _note(told)


def _note(text: str) -> None:
    print_log(text, logger='current', level=logging.WARNING)
