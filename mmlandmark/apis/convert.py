"""Whole COCO files converted from one schema to another."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import numpy as np

from mmlandmark.annotations.coco_lists import coco_fragments, coco_lists
from mmlandmark.annotations.collection import paused_gc
from mmlandmark.annotations.reader import CocoKeypoints, read_coco_keypoints
from mmlandmark.annotations.writer import check_output, write_json
from mmlandmark.apis.converted import (
    ConvertedPoints,
    converted_annotations,
    converted_categories,
)
from mmlandmark.apis.report import ConversionReport
from mmlandmark.errors import LandmarkError
from mmlandmark.geometry.boxes import boxes_from_points

if TYPE_CHECKING:
    from mmlandmark.schemas import Conversion, KeypointSchema

Progress = Callable[[int, int], None]
Check = Callable[[CocoKeypoints], object]


class Converter(Protocol):
    """Anything that converts keypoints: a mapping, or a trained converter."""

    name: str
    source_schema: KeypointSchema
    target_schema: KeypointSchema

    def convert(
        self, points: np.ndarray, visible: np.ndarray, bboxes: np.ndarray | None = None
    ) -> Conversion:
        """Convert (N, S, 2) points with (N, S) visibility and (N, 4) x1, y1, x2, y2 boxes."""
        ...


def convert_coco(
    converter: Converter,
    data: dict | str | os.PathLike,
    *,
    keypoints_field: str = 'keypoints',
    batch_size: int = 8192,
    decimals: int = 3,
    assume_names: bool = False,
    progress: Progress | None = None,
) -> tuple[ConversionReport, dict]:
    """Convert the keypoints of a COCO file and keep everything else as it was.

    In every annotation whose category carries the source schema, ``keypoints`` and
    ``num_keypoints`` become the target's; the original list stays under ``keypoints_source`` (and
    ``num_keypoints_source``). ``keypoints_inferred`` names the points inferred from incomplete
    sources, where there are any; ``keypoints_sigma`` holds the expected error of every point in
    pixels, where the converter states it. The category gets the target's names and skeleton, its
    own stay under ``keypoints_source`` and ``skeleton_source``.

    Args:
        converter: A mapping, a ``LandmarkConverterInferencer``, or anything like them.
        data: The parsed file, which is not changed, or its path.
        keypoints_field: The annotation and category key of the source points; the results take its
            place, and the other keys are named after it.
        batch_size: Annotations per call of the converter.
        decimals: Digits kept of a pixel.
        assume_names: Take a category that lists no names to be in the source schema's order.
        progress: Called with (done, all) annotations after each batch.

    Returns:
        The report, and the new COCO object.

    Raises:
        LandmarkError: Anything wrong with the file; it names the annotation.
    """
    with paused_gc():
        return _convert(
            converter,
            data,
            keypoints_field,
            batch_size,
            assume_names,
            progress,
            lambda points, visible: coco_lists(points, visible, decimals),
        )


def convert_file(
    converter: Converter,
    src: str | os.PathLike,
    dst: str | os.PathLike,
    *,
    overwrite: bool = False,
    keypoints_field: str = 'keypoints',
    batch_size: int = 8192,
    decimals: int = 3,
    assume_names: bool = False,
    progress: Progress | None = None,
    check: Check | None = None,
) -> ConversionReport:
    """Convert a COCO file into another file, written whole or not at all.

    Args:
        converter: See ``convert_coco``, also for the other arguments.
        src: The file to read.
        dst: The file to write.
        overwrite: Replace ``dst`` if it exists.
        keypoints_field: The annotation and category key of the source points.
        batch_size: Annotations per call of the converter.
        decimals: Digits kept of a pixel.
        assume_names: Take a category that lists no names to be in the source schema's order.
        progress: Called with (done, all) annotations after each batch.
        check: Called with the annotations of ``src`` before any is converted; what it raises ends
            the call, and nothing is written.

    Raises:
        LandmarkError: Anything wrong with the file, or ``dst`` cannot be written.
    """
    check_output(dst, overwrite=overwrite)
    with paused_gc():
        report, data = _convert(
            converter,
            src,
            keypoints_field,
            batch_size,
            assume_names,
            progress,
            lambda points, visible: coco_fragments(points, visible, decimals),
            check,
        )
        write_json(dst, data, overwrite=overwrite)
        del data  # millions of objects: gone before the garbage collector looks at them
    return report


def _convert(
    converter: Converter,
    data: dict | str | os.PathLike,
    field: str,
    batch_size: int,
    assume_names: bool,
    progress: Progress | None,
    render: Callable[[np.ndarray, np.ndarray], list],
    check: Check | None = None,
) -> tuple[ConversionReport, dict]:
    if batch_size < 1:
        raise LandmarkError(f'batch_size is {batch_size}; expected at least 1')
    coco = read_coco_keypoints(
        data,
        converter.source_schema,
        keypoints_field=field,
        assume_names=assume_names,
        purpose=f', to be converted to {converter.target_schema.name!r} '
        f'({converter.target_schema.num_keypoints} keypoints)',
    )
    _refuse_second_source(coco, f'{field}_source')
    if check is not None:
        check(coco)
    result = _convert_batches(converter, coco, batch_size, progress)
    lists = render(result.points, result.visible)
    annotations = converted_annotations(
        coco, result, lists, converter.target_schema.keypoints, field
    )
    categories = converted_categories(coco, converter.target_schema, field)
    report = _report(converter, coco, result)
    return report, {**coco.data, 'annotations': annotations, 'categories': categories}


def _convert_batches(
    converter: Converter, coco: CocoKeypoints, batch_size: int, progress: Progress | None
) -> ConvertedPoints:
    boxes = coco.bboxes.copy()
    absent = np.isnan(boxes).any(axis=1)
    boxes[absent] = boxes_from_points(coco.points[absent], coco.visible[absent])
    count, targets = len(coco), converter.target_schema.num_keypoints
    points = np.zeros((count, targets, 2))
    visible = np.zeros((count, targets), dtype=np.uint8)
    inferred = np.zeros((count, targets), dtype=bool)
    sigma = None
    for start in range(0, count, batch_size):
        part = slice(start, min(start + batch_size, count))
        done = converter.convert(coco.points[part], coco.visible[part], boxes[part])
        points[part], visible[part], inferred[part] = done.points, done.visible, done.inferred
        if done.sigma is not None:
            sigma = np.zeros((count, targets)) if sigma is None else sigma
            sigma[part] = done.sigma
        if progress is not None:
            progress(part.stop, count)
    _check_finite(coco, converter, points, visible)
    points[visible == 0] = 0.0
    return ConvertedPoints(points, visible, inferred & (visible > 0), sigma)


def _check_finite(
    coco: CocoKeypoints, converter: Converter, points: np.ndarray, visible: np.ndarray
) -> None:
    bad = (visible > 0) & ~np.isfinite(points).all(axis=-1)
    if bad.any():
        row, point = np.unravel_index(int(np.argmax(bad)), bad.shape)
        raise LandmarkError(
            f'{coco.name}: annotation {coco.ids[row]}: {converter.name} gives '
            f'{points[row, point].tolist()} for {converter.target_schema.keypoints[point]}; '
            'expected finite numbers'
        )


def _refuse_second_source(coco: CocoKeypoints, key: str) -> None:
    for annotation in coco.annotations:
        if key in annotation:
            raise LandmarkError(
                f'{coco.name}: annotation {annotation["id"]}: has {key!r} already, which holds the '
                'originals of an earlier conversion; rename or remove it, so that nothing is lost'
            )


def _report(converter: Converter, coco: CocoKeypoints, result: ConvertedPoints) -> ConversionReport:
    converted = int((result.visible > 0).any(axis=1).sum())
    return ConversionReport(
        converter=converter.name,
        source=converter.source_schema.name,
        target=converter.target_schema.name,
        annotations=len(coco.data['annotations']),
        converted=converted,
        too_few=len(coco) - converted,
        other_category=coco.other_category,
        without_keypoints=coco.without_keypoints,
        points=int(np.count_nonzero(result.visible)),
        inferred_points=int(result.inferred.sum()),
    )
