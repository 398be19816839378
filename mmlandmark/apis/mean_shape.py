"""A constant mean shape as a model, and models held against it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mmlandmark.annotations.pair_files import schema_of_file
from mmlandmark.annotations.pairs import read_pairs
from mmlandmark.annotations.reader import CocoKeypoints, read_coco, read_coco_keypoints
from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.evaluation.functional.accuracy import pck
from mmlandmark.evaluation.functional.mean_errors import mpjpe, nme
from mmlandmark.evaluation.functional.normalizers import PIXEL, canonical_name, reference_lengths
from mmlandmark.evaluation.functional.result import MetricResult
from mmlandmark.evaluation.functional.table import render_table
from mmlandmark.geometry.mean_shape import mean_shape, place_shape
from mmlandmark.schemas import KeypointSchema, get_schema

MEAN_SHAPE = 'mean shape'
#: What the mean is taken in -> the name of the method.
FRAMES = {'box': MEAN_SHAPE, 'picture': 'mean shape of the picture'}
#: Figure -> the normaliser where none is named.
METRICS = {'nme': 'eye_outer', 'mpjpe': PIXEL, 'pck': 'bbox'}
#: Labels are rounded to hundredths of a pixel on their way through files and float32.
_SAME = 0.05


@dataclass(frozen=True)
class BaselineReport:
    """The error of the mean shape beside those of models, on the same faces.

    Attributes:
        train: Number of faces that the mean shape is of.
        results: Name -> figure; the mean shape first.
    """

    train: int
    results: dict[str, MetricResult]

    def to_json(self) -> dict[str, Any]:
        """Return the report as strict JSON values."""
        results = {name: result.to_dict() for name, result in self.results.items()}
        return {'train_instances': self.train, 'results': results}

    def table(self, style: str = 'text') -> str:
        """Return one row for each method; see ``render_table`` for the styles."""
        rows = [
            {
                'method': name,
                f'{result.name} ({result.unit})': result.value,
                **{f'over {what}': value for what, value in result.averages.items()},
                'instances': result.num_instances,
                'points': result.num_points,
                'excluded': result.num_excluded,
                'coverage': result.coverage,
            }
            for name, result in self.results.items()
        ]
        return render_table(rows, style=style)


def mean_shape_baseline(
    train: str | os.PathLike,
    test: str | os.PathLike,
    *,
    predictions: Sequence[str | os.PathLike] = (),
    norm: str | None = None,
    schema: str | KeypointSchema | None = None,
    metric: str = 'nme',
    threshold: float = 0.2,
    frames: Sequence[str] = ('box',),
) -> BaselineReport:
    """Measure the mean shape of the training faces, placed in the boxes of the test faces.

    Args:
        train: COCO keypoint file with boxes.
        test: COCO keypoint file with boxes.
        predictions: Files of ``tools/test.py --dump-pairs`` of models on the same test faces.
        norm: Name of the normaliser, also of a number that the annotations have, such as
            ``head_size``; by default that of ``METRICS``.
        schema: Name or file; None: found by the names in ``train``.
        metric: ``nme`` (times 100), ``mpjpe`` or ``pck``.
        threshold: For ``pck``, in units of the normaliser.
        frames: ``box``, ``picture`` or both: the mean is that of places in the box, or of places
            in the picture, whose size the file must state.

    Raises:
        LandmarkError: A file that cannot be read, a face without a box or with one without area,
            or predictions of other faces.
    """
    _check_choices(metric, frames)
    data, where = read_coco(train)
    schema = schema_of_file(data, where) if schema is None else get_schema(schema)
    learned = _with_boxes(read_coco_keypoints(data, schema, name=where))
    faces = _with_boxes(read_coco_keypoints(test, schema))
    names = [Path(path).stem for path in predictions]
    if len({*FRAMES.values(), *names}) < len(FRAMES) + len(names):
        raise LandmarkError(f'two predictions of one name: {", ".join(names)}')
    measure = partial(_measure, faces, metric, norm or METRICS[metric], threshold)
    results = {}
    for frame in frames:
        places = _boxes if frame == 'box' else _pictures
        shape = _of_file(learned, mean_shape, learned.points, learned.visible, places(learned))
        results[FRAMES[frame]] = measure(_of_file(faces, place_shape, shape, places(faces)), None)
    for name, path in zip(names, predictions, strict=True):
        results[name] = measure(*_predicted(path, faces))
    return BaselineReport(len(learned), results)


def _check_choices(metric: str, frames: Sequence[str]) -> None:
    for what, name, known in (
        ('metric', metric, METRICS),
        *(('frame', frame, FRAMES) for frame in frames),
    ):
        if name not in known:
            raise LandmarkError(
                f'{what} is {name!r}{nearest(str(name), known)}; expected {", ".join(known)}'
            )


def _boxes(file: CocoKeypoints) -> np.ndarray:
    return file.bboxes


def _pictures(file: CocoKeypoints) -> np.ndarray:
    """Return the whole picture as the box of each annotation, (N, 4)."""
    sizes = {
        image['id']: (image.get('width'), image.get('height')) for image in file.data['images']
    }
    found = np.array([sizes[id_] for id_ in file.image_ids.tolist()], dtype=np.float64)
    unknown = ~(found > 0).all(axis=1)
    if unknown.any():
        raise LandmarkError(
            f'{file.name}: image {file.image_ids[np.argmax(unknown)]} has no width and height; '
            'expected them, since the mean shape is placed in the picture'
        )
    return np.concatenate([np.zeros_like(found), found], axis=1)


def _of_file(file: CocoKeypoints, function: Any, *arguments: np.ndarray) -> np.ndarray:
    try:
        return function(*arguments)
    except LandmarkError as error:
        raise LandmarkError(f'{file.name}: {error}') from None


def _with_boxes(file: CocoKeypoints) -> CocoKeypoints:
    without = np.isnan(file.bboxes).any(axis=1)
    if without.any():
        raise LandmarkError(
            f'{file.name}: annotation {file.ids[np.argmax(without)]} has no box; expected one, '
            'since the mean shape is placed in it'
        )
    return file


def _predicted(path: str | os.PathLike, faces: CocoKeypoints) -> tuple[np.ndarray, np.ndarray]:
    """Points (N, K, 2) and v (N, K) of a model for the test faces; v 0 where it gives none.

    Data sets leave out faces without a label, so these may be absent.
    """
    schema = faces.schema
    pairs = read_pairs(path, schema, schema, force=True, min_source_points=0)
    row = {id_: place for place, id_ in enumerate(faces.ids.tolist())}
    places = np.array([row.get(id_, -1) for id_ in pairs.ids.tolist()], dtype=np.int64)
    absent = (faces.visible > 0).any(axis=1)
    absent[places[places >= 0]] = False
    if absent.any() or (places < 0).any():
        raise LandmarkError(
            f'{pairs.name}: {int((places < 0).sum())} of its {len(pairs)} faces are not in '
            f'{faces.name} and {int(absent.sum())} of its labelled faces are missing; expected '
            'predictions of the same faces'
        )
    labelled = faces.visible[places] > 0
    moved = np.where(labelled[..., None], pairs.target_points - faces.points[places], 0)
    if not np.array_equal(labelled, pairs.target_visible > 0) or (np.abs(moved) > _SAME).any():
        raise LandmarkError(f'{pairs.name}: its labels are not those of {faces.name}')
    points, given = np.zeros_like(faces.points), np.zeros_like(faces.visible)
    points[places], given[places] = pairs.source_points, pairs.source_visible
    return points, given


def _field(faces: CocoKeypoints, name: str) -> dict[str, np.ndarray]:
    """A number of the annotations, such as ``head_size``, if any has it; NaN where one lacks it."""
    values = [annotation.get(name) for annotation in faces.annotations]
    numbers = [float(v) if isinstance(v, int | float) else np.nan for v in values]
    return {name: np.array(numbers)} if np.isfinite(numbers).any() else {}


def _measure(
    faces: CocoKeypoints,
    metric: str,
    norm: str,
    threshold: float,
    points: np.ndarray,
    given: np.ndarray | None,
) -> MetricResult:
    arguments = (faces.schema, faces.points, faces.visible, faces.bboxes)
    fields = _field(faces, norm)
    lengths = reference_lengths(norm, *arguments, fields)
    common = dict(
        normalizer_name=canonical_name(norm, faces.schema, fields),
        given=given,
        schema=faces.schema,
        ids=faces.ids.tolist(),
    )
    arrays = (points, faces.points, faces.visible)
    if metric == 'pck':
        return pck(*arrays, lengths, threshold, **common)
    if metric == 'mpjpe':
        return mpjpe(*arrays, normalizer=lengths, **common)
    return nme(*arrays, lengths, scale=100.0, **common)
