"""The sections of a report that a converted file gives without any truth."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np

from mmlandmark.annotations.reader import CocoKeypoints, read_coco, read_coco_keypoints
from mmlandmark.apis.report_points import keypoint_places
from mmlandmark.evaluation.functional.summary import masked_mean
from mmlandmark.geometry.boxes import boxes_from_points
from mmlandmark.schemas import KeypointSchema
from mmlandmark.visualization.distribution_figure import distribution_figure
from mmlandmark.visualization.keypoint_figure import KeypointErrors
from mmlandmark.visualization.panels import Panel, draw_panels
from mmlandmark.visualization.pictures import PictureFolders
from mmlandmark.visualization.report import Section
from mmlandmark.visualization.report_blocks import (
    Case,
    ResultTable,
    case_blocks,
    figures_block,
    folded,
    keypoint_blocks,
    number_switch,
    paragraph,
    table_block,
)
from mmlandmark.visualization.schema_figure import schema_drawing


@dataclass(frozen=True)
class Converted:
    """A converted file, read back: the N annotations that were converted.

    Attributes:
        source: Their points before.
        target: Their points now, in the same order.
        inferred: (N, T) bool, inferred from incomplete sources.
        sigma: (N, T) expected errors in pixels, NaN where none is stated; or None.
        pictures: (N,) file names, empty where the file has none.
    """

    source: CocoKeypoints
    target: CocoKeypoints
    inferred: np.ndarray
    sigma: np.ndarray | None
    pictures: list[str]


def read_converted(
    path: str | os.PathLike, source: KeypointSchema, target: KeypointSchema, field: str
) -> Converted:
    """Read both sides of a file that `convert_file` wrote.

    Args:
        path: The file.
        source: Schema before.
        target: Schema now.
        field: The annotation key of the points.

    Raises:
        LandmarkError: It is no such file.
    """
    data, name = read_coco(path)
    kept = [a for a in data['annotations'] if f'{field}_source' in a]
    part = {**data, 'annotations': kept}
    before = read_coco_keypoints(
        part, source, keypoints_field=f'{field}_source', name=name, assume_names=True
    )
    now = read_coco_keypoints(part, target, keypoints_field=field, name=name)
    inferred = np.zeros(now.visible.shape, dtype=bool)
    for row, annotation in enumerate(now.annotations):
        for keypoint in annotation.get(f'{field}_inferred', ()):
            inferred[row, target.index(keypoint)] = True
    files = {image['id']: str(image.get('file_name', '')) for image in data['images']}
    stated = [annotation.get(f'{field}_sigma') for annotation in now.annotations]
    sigma = None
    if any(values is not None for values in stated):
        nothing = [np.nan] * target.num_keypoints
        sigma = np.array([nothing if s is None else s for s in stated], dtype=np.float64)
        sigma = np.where(now.visible > 0, sigma, np.nan)
    return Converted(before, now, inferred, sigma, [files[i] for i in now.image_ids.tolist()])


def given_sections(
    converted: Converted, pictures: PictureFolders, each: int, *, switch: bool = True
) -> list[Section]:
    """Return the schemas, what is given of each target point, and examples.

    Args:
        converted: The file.
        pictures: Where pictures are looked for.
        each: A third of the number of examples at most.
        switch: Whether to show the switch for numbers, which a page has once.
    """
    target, source = converted.target, converted.source
    drawings = {
        f'{side}: {schema.name}': schema_drawing(schema, size=320, numbers=True)
        for side, schema in (('source', source.schema), ('target', target.schema))
    }
    table = table_block(ResultTable(_keypoint_rows(converted)))
    if target.schema.num_keypoints > 40:
        table = folded(f'all {target.schema.num_keypoints} keypoints, one by one', table)
    blocks = [figures_block(drawings), '<p></p>', *_missing(converted), '<p></p>', table]
    if switch:
        blocks.insert(0, number_switch())
    return [
        Section('What is given', blocks),
        Section('Expected errors', _expected(converted)),
        Section('Examples', _examples(converted, pictures, 3 * each)),
    ]


def _missing(converted: Converted) -> list[str]:
    given = converted.target.visible > 0
    if not len(given):
        return [paragraph('No annotation was converted.')]
    share = 100 * (1 - given.mean(axis=0))
    if not share.any():
        return [paragraph('Every target point is given in every converted annotation.')]
    blocks = [_drawn(converted, share, 'not given, % of the annotations')]
    figure = distribution_figure(100 * given.mean(axis=1), 'target points given, %')
    return [*blocks, '<p></p>', figures_block({'annotations': figure})]


def _expected(converted: Converted) -> list[str]:
    if converted.sigma is None or not np.isfinite(converted.sigma).any():
        return []
    boxes = _boxes(converted)
    side = (boxes[:, 2:] - boxes[:, :2]).max(axis=1)[:, None]
    ratios = 100 * converted.sigma / np.where(side > 0, side, np.nan)
    values = masked_mean(ratios, np.isfinite(ratios), axis=0)
    if not np.isfinite(values).any():
        return []
    note = 'What the converter itself expects, no measurement.'
    return [paragraph(note), _drawn(converted, values, 'expected error, % of bbox')]


def _drawn(converted: Converted, values: np.ndarray, unit: str) -> str:
    target = converted.target
    places = keypoint_places(target.schema, target.points, target.visible, _boxes(converted))
    errors = KeypointErrors(target.schema, places, {target.schema.name: values}, unit)
    return keypoint_blocks(errors, f'{unit[:1].upper()}{unit[1:]}; larger and darker is more.')


def _boxes(converted: Converted) -> np.ndarray:
    target = converted.target
    boxes = target.bboxes.copy()
    absent = np.isnan(boxes).any(axis=1)
    boxes[absent] = boxes_from_points(target.points[absent], target.visible[absent])
    return boxes


def _keypoint_rows(converted: Converted) -> list[dict[str, object]]:
    given, schema = converted.target.visible > 0, converted.target.schema
    count = len(given)
    return [
        {
            'keypoint': name,
            'given': int(given[:, i].sum()),
            'inferred': int(converted.inferred[:, i].sum()),
            'not given': int(count - given[:, i].sum()),
        }
        for i, name in enumerate(schema.keypoints)
    ]


def _examples(converted: Converted, pictures: PictureFolders, most: int) -> list[str]:
    target, source = converted.target, converted.source
    usable = np.flatnonzero((target.visible > 0).any(axis=1))
    if most < 1 or not len(usable):
        return []
    places = np.round(np.linspace(0, len(usable) - 1, min(most, len(usable)))).astype(np.int64)
    cases = []
    for row in usable[places].tolist():
        panels = [
            Panel('source', source.points[row], source.visible[row], source.schema),
            Panel(
                'converted, inferred points hollow',
                target.points[row],
                target.visible[row],
                target.schema,
                converted.inferred[row],
            ),
        ]
        name = converted.pictures[row]
        caption = f'annotation {target.ids[row]}' + (f', {name}' if name else '')
        drawn = draw_panels(pictures.read(name or None), panels)
        cases.append(Case('evenly spread over the file', caption, drawn))
    return [paragraph(f'{pictures.summary(len(cases))}.'), case_blocks(cases)]
