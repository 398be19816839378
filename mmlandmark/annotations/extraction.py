"""Landmark files for the pictures of a folder, by a detector."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mmlandmark.annotations.extraction_report import (
    FOUND,
    NOT_FOUND,
    UNREADABLE,
    Extraction,
)
from mmlandmark.annotations.extraction_tasks import REPORT, ExtractionTask, find_tasks
from mmlandmark.annotations.json_file import read_json
from mmlandmark.annotations.mediapipe_detectors import DetectedLandmarks, LandmarkDetector
from mmlandmark.annotations.pictures import read_picture
from mmlandmark.annotations.release_problems import Problems
from mmlandmark.annotations.writer import check_output, write_json
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import get_schema

_DIGITS = 6


def extract_landmarks(
    images: str | os.PathLike,
    out: str | os.PathLike,
    detector: LandmarkDetector,
    *,
    border: float = 0.0,
    overwrite: bool = False,
    progress: Callable[[list[ExtractionTask]], Iterable[ExtractionTask]] = iter,
) -> Extraction:
    """Write a landmark file for each picture in which the detector finds something.

    A landmark file has ``image_path`` (relative to ``images``), ``image_shape`` [height, width,
    3], ``landmarks`` (x / width, y / height, z in the unit of x) and ``handedness`` (label and
    score, or null). No file is written where nothing is found. A second call goes on where the
    first one ended; unreadable pictures are tried again. ``extraction.json`` keeps the report.

    Args:
        images: Folder of pictures; see `extraction_tasks.find_tasks`.
        out: Folder of the landmark files; made if need be.
        detector: What finds them.
        border: Repeat the edge of a picture on each side by this share of its width and height
            before the detector sees it: detectors want surroundings that tight crops lack.
            Landmarks are those of the picture as it is.
        overwrite: Start anew. Landmark files of pictures in which nothing is found any more go.
        progress: Gets the pictures that are to be done, and gives them back one by one.

    Raises:
        LandmarkError: No pictures, a folder that cannot be written to, landmark files that were
            made with other settings, or a detector whose landmarks are none of its schema.
    """
    if not 0 <= border <= 1:
        raise LandmarkError(f'border is {border:g}; expected a share of the picture, 0 to 1')
    images, out = Path(images), Path(out)
    settings = {**detector.settings, 'schema': detector.schema, 'border': float(border)}
    problems = Problems(strict=False)
    result = Extraction(settings, find_tasks(images, out, problems), problems)
    _make_folder(out)
    not_found = set() if overwrite else _earlier(out, settings, result.tasks)
    todo = [task for task in result.tasks if overwrite or not _keep(task, out, not_found, result)]
    keypoints = get_schema(detector.schema).num_keypoints
    try:
        # at once, so that a run that is killed cannot be gone on with by other settings
        write_json(out / REPORT, result.to_json(), overwrite=True)
        for task in progress(todo):
            _extract(task, out / task.target, detector, border, keypoints, result)
    finally:
        write_json(out / REPORT, result.to_json(), overwrite=True)
    return result


def _make_folder(out: Path) -> None:
    if not out.is_dir():
        try:
            out.mkdir()
        except OSError as error:
            raise LandmarkError(f'{out}: cannot be made: {error.strerror or error}') from None
    check_output(out / REPORT, overwrite=True)


def _earlier(out: Path, settings: dict[str, Any], tasks: Sequence[ExtractionTask]) -> set[str]:
    """Return the pictures in which an earlier run with the same settings found nothing."""
    path = out / REPORT
    if not path.exists():
        there = next((task.target for task in tasks if (out / task.target).is_file()), None)
        if there:
            raise LandmarkError(
                f'{out}: holds {there}, but no {REPORT} that says what made it; choose another '
                'folder, or overwrite'
            )
        return set()
    report = read_json(path)
    if not isinstance(report, dict) or not isinstance(report.get('settings'), dict):
        raise LandmarkError(f'{path}: not the report of an earlier run; choose another folder')
    for key, value in settings.items():
        before = report['settings'].get(key)
        if before != value:
            raise LandmarkError(
                f'{out}: its landmark files were made with {key} {before}, not {value}; '
                'choose another folder, or overwrite'
            )
    return set(report.get('not_found', ()))


def _keep(task: ExtractionTask, out: Path, not_found: set[str], result: Extraction) -> bool:
    """Take over the outcome of an earlier run, if there is one."""
    if (out / task.target).is_file():
        result.outcomes[task.name] = FOUND
    elif task.name in not_found:
        result.outcomes[task.name] = NOT_FOUND
    else:
        return False
    result.kept += 1
    return True


def _extract(
    task: ExtractionTask,
    target: Path,
    detector: LandmarkDetector,
    border: float,
    keypoints: int,
    result: Extraction,
) -> None:
    try:
        picture = read_picture(task.picture)
    except LandmarkError as error:
        result.outcomes[task.name] = UNREADABLE
        result.reasons[task.name] = str(error).removeprefix(f'{task.picture}: ')
        _remove(target)
        return
    found = _detect(picture, detector, border)
    result.outcomes[task.name] = FOUND if found else NOT_FOUND
    if not found:
        _remove(target)
        return
    if found.points.shape != (keypoints, 3) or not np.isfinite(found.points).all():
        raise LandmarkError(
            f'{task.name}: the detector gives landmarks of shape {found.points.shape}; expected '
            f'{keypoints} finite points x, y, z of schema {detector.schema!r}'
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    write_json(target, _document(task.name, picture, found), overwrite=True)


def _remove(target: Path) -> None:
    with suppress(FileNotFoundError):
        target.unlink()


def _detect(
    picture: np.ndarray, detector: LandmarkDetector, border: float
) -> DetectedLandmarks | None:
    """Detect in the picture with its border, and return landmarks of the picture without it."""
    height, width = picture.shape[:2]
    x, y = round(border * width), round(border * height)
    if not (x or y):
        return detector(picture)
    found = detector(cv2.copyMakeBorder(picture, y, y, x, x, cv2.BORDER_REPLICATE))
    if found is None:
        return None
    wide, high = width + 2 * x, height + 2 * y
    scale = np.array([wide / width, high / height, wide / width])
    offset = np.array([x / width, y / height, 0.0])
    return DetectedLandmarks(found.points * scale - offset, found.handedness)


def _document(name: str, picture: np.ndarray, found: DetectedLandmarks) -> dict[str, Any]:
    side = found.handedness
    return {
        'image_path': name,
        'image_shape': list(picture.shape),
        'landmarks': [{'x': x, 'y': y, 'z': z} for x, y, z in found.points.round(_DIGITS).tolist()],
        'handedness': None if side is None else {'label': side[0], 'score': round(side[1], 4)},
    }
