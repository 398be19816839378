"""The report of a conversion: what was given, and errors where the truth is at hand."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import numpy as np

from mmlandmark.annotations.pairing import Pairing, pair_by_id
from mmlandmark.annotations.reader import CocoKeypoints, read_coco, read_coco_keypoints
from mmlandmark.apis.convert import Converter
from mmlandmark.apis.report import ConversionReport
from mmlandmark.apis.report_file import check_report
from mmlandmark.apis.report_given import Converted, given_sections, read_converted
from mmlandmark.apis.report_points import PointSets
from mmlandmark.apis.report_sections import point_sections, points_verdict
from mmlandmark.apis.versions import versions
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.accuracy import pck
from mmlandmark.evaluation.functional.normalizers import reference_lengths
from mmlandmark.evaluation.functional.result import MetricResult
from mmlandmark.geometry.boxes import boxes_from_points
from mmlandmark.schemas import KeypointSchema
from mmlandmark.visualization.pictures import PictureFolders
from mmlandmark.visualization.report import Section, write_page
from mmlandmark.visualization.report_blocks import ResultTable, facts_block, table_block

_NORM = 'bbox'
_THRESHOLDS = (0.02, 0.05)


def read_truth(path: str | os.PathLike, schema: KeypointSchema) -> CocoKeypoints:
    """Read the labels that converted points are compared with.

    Args:
        path: A COCO file in the target schema, or a file of pairs, whose target is taken.
        schema: The target schema.

    Raises:
        LandmarkError: Anything wrong with the file, or other keypoints.
    """
    data, name = read_coco(path)
    pairs = any(
        set(category.get('keypoints_target') or ()) == set(schema.keypoints)
        for category in data['categories']
    )
    field = 'keypoints_target' if pairs else 'keypoints'
    return read_coco_keypoints(data, schema, keypoints_field=field, name=name)


def pair_with_truth(annotations: CocoKeypoints, truth: CocoKeypoints) -> Pairing:
    """Join annotations with those of the truth that have their ids.

    Args:
        annotations: Those of the file, before or after the conversion.
        truth: See `read_truth`.

    Raises:
        LandmarkError: They have none in common, or one id stands for two images.
    """
    joined = pair_by_id(annotations, truth)
    if not len(joined):
        raise LandmarkError(
            f'{truth.name}: none of its {len(truth)} annotations has the id of one in '
            f'{annotations.name}'
        )
    return joined


def report_conversion(
    path: str | os.PathLike,
    converter: Converter,
    report: ConversionReport,
    converted_file: str | os.PathLike,
    *,
    truth: CocoKeypoints | None = None,
    keypoints_field: str = 'keypoints',
    image_root: str | os.PathLike = '.',
    cases: int = 3,
) -> None:
    """Write the report of a conversion; an old one is replaced, whole or not at all.

    Args:
        path: The HTML file.
        converter: What converted.
        report: What became of the annotations.
        converted_file: What `convert_file` wrote.
        truth: See `read_truth`; annotations are joined by their ids.
        keypoints_field: The annotation key of the converted points.
        image_root: Folder of the pictures; they are also looked for beside the file.
        cases: Pictures of each kind at most; 0: none.

    Raises:
        LandmarkError: ``cases`` is negative, the truth has no annotation of the file, or the file
            cannot be written.
    """
    check_report(path, overwrite=True, cases=cases)
    converted = read_converted(
        converted_file, converter.source_schema, converter.target_schema, keypoints_field
    )
    beside = PictureFolders.beside(converted_file)
    pictures = PictureFolders([image_root, *beside.folders])
    sections = [Section('Annotations', [table_block(_counts(report))])]
    verdict = f'{report.summary()}.'
    if truth is None:
        sections += given_sections(converted, pictures, cases)
    else:
        part, rows = compared_with(converted, truth)
        verdict += f' Against {truth.name}: {points_verdict([part])}'
        sections.insert(0, Section('Results', [table_block(_results(part))]))
        source = (
            converted.source.schema,
            converted.source.points[rows],
            converted.source.visible[rows],
        )
        sections += point_sections([part], pictures, cases, {part.name: source})
        sections += given_sections(converted, pictures, 0, switch=not part.result.num_instances)
    facts = {
        'converter': converter.name,
        'source': f'{converter.source_schema.name}, {converter.source_schema.num_keypoints} points',
        'target': f'{converter.target_schema.name}, {converter.target_schema.num_keypoints} points',
        'converted file': str(converted_file),
        'truth': 'none was given' if truth is None else truth.name,
        'command': shlex.join(sys.argv),
    }
    sections += [
        Section('How it was made', [facts_block(facts)]),
        Section('Versions', [facts_block(versions())]),
    ]
    title = f'{report.source} to {report.target}: {Path(converted_file).name}'
    write_page(path, title, verdict, sections)


def compared_with(converted: Converted, truth: CocoKeypoints) -> tuple[PointSets, np.ndarray]:
    """Lay converted points beside the truth.

    Returns:
        The instances that both have, and their positions among the converted ones.

    Raises:
        LandmarkError: They have none in common, or one id stands for two images.
    """
    found = converted.target
    joined = pair_with_truth(found, truth)
    boxes = truth.bboxes[joined.target].copy()
    points, visible = truth.points[joined.target], truth.visible[joined.target]
    absent = np.isnan(boxes).any(axis=1)
    boxes[absent] = boxes_from_points(points[absent], visible[absent])
    left_out = {
        'converted, without truth': len(joined.unpaired_source),
        'truth without a converted annotation': len(joined.unpaired_target),
    }
    part = PointSets(
        name=Path(found.name).name,
        schema=found.schema,
        predicted=found.points[joined.source],
        given=found.visible[joined.source] > 0,
        target=points,
        visible=visible,
        boxes=boxes,
        normalizer=_NORM,
        lengths=reference_lengths(_NORM, found.schema, points, visible, boxes),
        ids=found.ids[joined.source],
        pictures=[converted.pictures[row] for row in joined.source.tolist()],
        left_out={why: count for why, count in left_out.items() if count},
    )
    return part, joined.source


def _counts(report: ConversionReport) -> ResultTable:
    counts = {
        'annotations of the file': report.annotations,
        'converted': report.converted,
        'too few labelled points for any target point': report.too_few,
        'of another category, kept as they were': report.other_category,
        'without keypoints, kept as they were': report.without_keypoints,
        'target points given': report.points,
        'of them inferred from incomplete sources': report.inferred_points,
    }
    return ResultTable([{'what': what, 'number': number} for what, number in counts.items()])


def _results(part: PointSets) -> ResultTable:
    shares = [
        pck(
            part.predicted,
            part.target,
            part.visible,
            part.lengths,
            threshold,
            normalizer_name=part.normalizer,
            given=part.answered,
            schema=part.schema,
            ids=part.ids,
        )
        for threshold in _THRESHOLDS
    ]
    results = [part.result, *shares]
    notes = [
        f'{result.name}: {count} instances excluded, {reason}'
        for result in results
        for reason, count in result.excluded.items()
    ]
    notes.append(f'{_NORM}: the longer side of the labelled box, else of the labelled points')
    return ResultTable([_row(result) for result in results], notes=notes)


def _row(result: MetricResult) -> dict[str, object]:
    return {
        'metric': result.name,
        'value': result.value,
        'unit': result.unit,
        'normaliser': result.normalizer,
        'instances': result.num_instances,
        'points': result.num_points,
        'excluded': result.num_excluded,
        'coverage': result.coverage,
    }
