"""Channel keypoints on pictures, by a trained model: one call for the common case."""

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
from mmlandmark.apis.channel_model import ChannelModel
from mmlandmark.apis.channel_results import (
    ChannelResult,
    channel_results_to_coco,
    channel_results_to_json,
)
from mmlandmark.apis.picture_drawings import PictureDrawings
from mmlandmark.apis.picture_sources import PictureSource, Source, SourcePicture
from mmlandmark.apis.result_files import check_result_files
from mmlandmark.errors import LandmarkError
from mmlandmark.models.devices import choose_device
from mmlandmark.progress import track
from mmlandmark.visualization.channel_overlay import draw_channel_points


class ChannelInferencer:
    """Finds any number of keypoints per channel on pictures, in folders and in videos.

    Args:
        config: Config of the model: a path, ``mmlandmark::channel_keypoints/NAME.py`` or a Config.
        checkpoint: Its weights.
        device: ``cpu``, ``cuda:0``, ...; by default a GPU if there is one.
        batch_size: Pictures at a time; those of different sizes do not share a batch.
        threshold: Least score of a keypoint, between 0 and 1; by default as the config says.

    Raises:
        LandmarkError: A file is missing or wrong, or the checkpoint is of other channels.

    Example:
        >>> inferencer = ChannelInferencer(config, checkpoint)  # doctest: +SKIP
        >>> (result,) = inferencer('box.jpg')  # doctest: +SKIP
        >>> result.points[result.channel_ids == 0]  # (P, 2) pixels  # doctest: +SKIP
    """

    def __init__(
        self,
        config: str | os.PathLike | Config,
        checkpoint: str | os.PathLike,
        device: str | None = None,
        batch_size: int = 16,
        threshold: float | None = None,
    ) -> None:
        if batch_size < 1:
            raise LandmarkError(f'batch_size is {batch_size}, expected at least 1')
        if threshold is not None and not 0 <= threshold <= 1:
            raise LandmarkError(f'threshold is {threshold}, expected 0 to 1')
        # a score, also where the config's own threshold is a share of the highest one
        peaks = {} if threshold is None else {'threshold': threshold, 'relative': False}
        self._model = ChannelModel(config, checkpoint, choose_device(device), peaks)
        self.batch_size = batch_size

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the channels that ``channel_ids`` count in."""
        return self._model.channels

    def __call__(
        self,
        inputs: Source,
        draw_dir: str | os.PathLike | None = None,
        out: str | os.PathLike | None = None,
        coco_out: str | os.PathLike | None = None,
        *,
        strict: bool = False,
        overwrite: bool = False,
    ) -> list[ChannelResult]:
        """Return the keypoints of every picture, in order.

        Args:
            inputs: Path of a picture, folder or video, array, or several; see ``PictureSource``.
            draw_dir: Folder to draw the results into.
            out: JSON file to write.
            coco_out: COCO keypoint file to write.
            strict: Stop at a picture that cannot be read, instead of noting it in the results and
                the log.
            overwrite: Replace files that exist.

        Raises:
            LandmarkError: Wrong input or output, or with ``strict`` the first picture that cannot
                be read; neither file is written then.
        """
        source, drawings = PictureSource(inputs), None
        check_result_files({'out': out, 'coco_out': coco_out}, source.reads, overwrite)
        if draw_dir is not None:
            drawings = PictureDrawings(draw_dir, overwrite=overwrite, is_input=source.reads)
        results = []
        for picture, result in track(self._run(source, strict), 'pictures'):
            results.append(result)
            if drawings is not None and picture is not None:
                drawn = draw_channel_points(
                    picture, result.points, result.channel_ids, self.channels
                )
                drawings.write(result.name, drawn)
        for path, content in ((out, channel_results_to_json), (coco_out, channel_results_to_coco)):
            if path is not None:
                write_json(path, content(results, self.channels), overwrite=overwrite)
        problems = [result.problem for result in results if result.problem]
        if problems:
            _note(f'{len(problems)} pictures could not be read, the first: {problems[0]}')
        return results

    def stream(
        self, inputs: Source, *, strict: bool = False
    ) -> Iterator[tuple[np.ndarray | None, ChannelResult]]:
        """Return an iterator of every picture and its result, in order.

        For long videos and large folders: no more pictures are held than a batch has, and
        ``inputs`` may be an endless iterator of arrays. A picture is (H, W, 3) uint8 BGR, None
        where it could not be read. Arguments and errors are those of a call.
        """
        return self._run(PictureSource(inputs), strict)

    def _run(
        self, source: PictureSource, strict: bool
    ) -> Iterator[tuple[np.ndarray | None, ChannelResult]]:
        if source.left_aside:
            _note(
                f'{len(source.left_aside)} files are neither pictures nor videos and were left '
                f'aside, the first is {source.left_aside[0]}'
            )
        pictures = iter(source)
        while chunk := list(islice(pictures, self.batch_size)):
            for item in chunk:
                if strict and item.picture is None:
                    raise LandmarkError(item.problem)
            results = self._results(chunk)
            yield from zip((item.picture for item in chunk), results, strict=True)

    def _results(self, chunk: Sequence[SourcePicture]) -> list[ChannelResult]:
        """Return the results of some pictures, found size by size."""
        results: dict[int, ChannelResult] = {}
        groups: dict[tuple[int, ...], dict[int, dict[str, Any]]] = {}
        for row, item in enumerate(chunk):
            if item.picture is None:
                results[row] = ChannelResult.unreadable(item.name, item.problem)
                continue
            prepared = self._model.prepare(item.picture, item.name)
            groups.setdefault(tuple(prepared['inputs'].shape), {})[row] = prepared
        for group in groups.values():
            found = self._model.predict(list(group.values()))
            for row, keypoints in zip(group, found, strict=True):
                height, width = chunk[row].picture.shape[:2]
                results[row] = ChannelResult(chunk[row].name, (width, height), *keypoints)
        return [results[row] for row in range(len(chunk))]


def _note(text: str) -> None:
    print_log(text, logger='current', level=logging.WARNING)
