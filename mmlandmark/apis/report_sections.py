"""The sections of a report that two point sets give: errors, regions, cases, what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from mmlandmark.apis.report_points import PointSets
from mmlandmark.schemas import KeypointSchema
from mmlandmark.visualization.distribution_figure import distribution_figure
from mmlandmark.visualization.keypoint_figure import KeypointErrors
from mmlandmark.visualization.panels import Panel, draw_panels
from mmlandmark.visualization.pictures import PictureFolders
from mmlandmark.visualization.ranking import worst_median_best
from mmlandmark.visualization.report import Section
from mmlandmark.visualization.report_blocks import (
    Case,
    ResultTable,
    case_blocks,
    figures_block,
    keypoint_blocks,
    number_switch,
    paragraph,
    table_block,
)

MOST_PICTURES = 36
_EACH_AT_LEAST = 1
Source = tuple[KeypointSchema, np.ndarray, np.ndarray]
"""What points were converted from: schema, points (N, S, 2) and visibility (N, S)."""


def point_sections(
    parts: Sequence[PointSets],
    pictures: PictureFolders,
    each: int,
    sources: Mapping[str, Source] | None = None,
) -> list[Section]:
    """Return what there is to see of predictions beside labels.

    Args:
        parts: One for each data set.
        pictures: Where pictures are looked for.
        each: Cases of each kind and data set at most.
        sources: Name of a part -> what it was converted from.
    """
    measured = [part for part in parts if np.isfinite(part.errors).any()]
    return [
        keypoint_section(measured),
        Section('Errors of instances', _distributions(parts, measured)),
        Section('Regions', _regions(measured)),
        cases_section(measured, pictures, each, sources),
        Section('Left out', [table_block(left_out_table(parts))]),
    ]


def points_verdict(parts: Sequence[PointSets]) -> str:
    """Say in words what came out for every data set."""
    said = []
    for part in parts:
        result, left = part.result, sum(part.left_out.values()) + part.result.num_excluded
        if not result.num_instances:
            said.append(f'{part.name}: no instance could be measured.')
            continue
        median = part.quantiles()['median']
        said.append(
            f'{part.name}: mean error {result.value:.4g} {part.unit} over {result.num_instances} '
            f'instances with {result.num_points} labelled points (median {median:.4g}), '
            f'{left} left out.'
        )
    return ' '.join(said) or 'No predictions could be laid beside labels.'


def keypoint_section(parts: Sequence[PointSets]) -> Section:
    """Return the mean error of each keypoint, drawn on the schemas."""
    blocks = [number_switch()]
    for part in parts:
        for errors in filter(None, (part.keypoint_errors(part.name), part.depth_errors())):
            blocks += [_part_heading(parts, part), keypoint_blocks(errors, _note(errors))]
    return Section('Error of each keypoint', blocks if len(blocks) > 1 else [])


def _note(errors: KeypointErrors) -> str:
    lacking = [
        name
        for name, place in zip(errors.schema.keypoints, errors.layout, strict=True)
        if not np.isfinite(place).all()
    ]
    text = f'{errors.unit[:1].upper()}{errors.unit[1:]}; larger and darker is worse'
    text += f' ({errors.schema.name}, {errors.schema.num_keypoints} keypoints).'
    if lacking:
        text += f' Without a place in the drawing: {", ".join(lacking)}.'
    return text


def _part_heading(parts: Sequence[PointSets], part: PointSets) -> str:
    return f'<h3 class="part">{escape(part.name)}</h3>' if len(parts) > 1 else ''


def _distributions(parts: Sequence[PointSets], measured: Sequence[PointSets]) -> list[str]:
    rows = [
        {
            'data set': part.name,
            'schema': part.schema.name,
            'instances': len(part),
            'measured': part.result.num_instances,
            'points': part.result.num_points,
            'mean error': part.result.value,
            **part.quantiles(),
            'unit': part.unit,
        }
        for part in parts
    ]
    note = (
        "an instance's error is the mean over its labelled points that are given; the columns in "
        'per cent are quantiles over instances'
    )
    figures = {
        part.name: distribution_figure(part.errors, f'error of an instance, {part.unit}')
        for part in measured
    }
    blocks = [table_block(ResultTable(rows, notes=[note]))]
    return [*blocks, '<p></p>', figures_block(figures)] if figures else blocks


def _regions(parts: Sequence[PointSets]) -> list[str]:
    rows = [
        {
            'data set': part.name,
            'region': region,
            'keypoints': len(part.schema.regions[region]),
            'points': sum(
                part.result.per_keypoint_points[name] for name in part.schema.regions[region]
            ),
            'mean error': value,
            'unit': part.unit,
        }
        for part in parts
        for region, value in part.result.per_region.items()
    ]
    return [table_block(ResultTable(rows))] if rows else []


def cases_section(
    parts: Sequence[PointSets],
    pictures: PictureFolders,
    each: int,
    sources: Mapping[str, Source] | None = None,
) -> Section:
    """Return the worst, median and best instances of every data set.

    Args:
        parts: With at least one measured instance each.
        pictures: Where pictures are looked for.
        each: Of each kind at most; fewer where there are many data sets.
        sources: Name of a part -> what it was converted from.
    """
    if each < 1 or not parts:
        return Section('Cases', [])
    each = min(each, max(MOST_PICTURES // (3 * len(parts)), _EACH_AT_LEAST))
    drawn, blocks = 0, []
    for part in parts:
        cases = _cases(part, pictures, each, (sources or {}).get(part.name))
        drawn += len(cases)
        blocks += [_part_heading(parts, part), case_blocks(cases)]
    note = (
        'Labels and predictions on the same cut of the picture; lines join each prediction to its '
        f'label. {pictures.summary(drawn)}.'
    )
    return Section('Cases', [paragraph(note), *blocks])


def _cases(
    part: PointSets,
    pictures: PictureFolders,
    each: int,
    source: Source | None,
) -> list[Case]:
    chosen = worst_median_best(part.errors, each)
    if not len(chosen['best']):  # fewer than three
        chosen = {'all': np.flatnonzero(np.isfinite(part.errors))}
    return [
        Case(kind, _caption(part, row), draw_panels(*_drawing(part, row, pictures, source)))
        for kind, rows in chosen.items()
        for row in rows.tolist()
    ]


def _caption(part: PointSets, row: int) -> str:
    number = '' if part.ids[row] < 0 else f'annotation {part.ids[row]}, '
    name = f'{part.pictures[row]}: ' if part.pictures[row] else ''
    return f'{number}{name}mean error {part.errors[row]:.4g} {part.unit}'


def _drawing(
    part: PointSets,
    row: int,
    pictures: PictureFolders,
    source: Source | None,
) -> tuple[np.ndarray | None, list[Panel]]:
    labelled, given = part.visible[row] > 0, part.answered[row]
    panels = [
        Panel('labels', part.target[row], part.visible[row], part.schema),
        Panel(
            'predictions, lines to the labels' if source is None else 'converted, lines to labels',
            part.predicted[row],
            given,
            part.schema,
            compared=np.where(labelled[:, None], part.target[row], np.nan),
        ),
    ]
    if source is not None:
        schema, points, visible = source
        panels.insert(0, Panel('source', points[row], visible[row], schema))
    return pictures.read(part.pictures[row] or None), panels


def left_out_table(parts: Sequence[PointSets]) -> ResultTable:
    """Return what counts for nothing, and why; a data set without such a thing says so."""
    rows = []
    for part in parts:
        result = part.result
        labelled = int((part.visible > 0).sum())
        found = {f'samples: {reason}': count for reason, count in part.left_out.items()}
        found |= {f'instances: {reason}': count for reason, count in result.excluded.items()}
        found['keypoints: not labelled'] = int(part.visible.size - labelled)
        found['labelled keypoints: not given by the method'] = int(
            ((part.visible > 0) & ~part.given).sum()
        )
        found['predicted keypoints: not finite'] = part.not_finite
        rows += [
            {'what and why': what, 'data set': part.name, 'number': count}
            for what, count in found.items()
            if count
        ] or [{'what and why': 'nothing was left out', 'data set': part.name, 'number': 0}]
    return ResultTable(rows)
