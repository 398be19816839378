"""A file of pairs divided into files of different people, each labelled in one schema."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mmlandmark.annotations.coco_lists import coco_lists
from mmlandmark.annotations.pair_files import schema_of_file
from mmlandmark.annotations.pairs import Pairs, read_pairs
from mmlandmark.annotations.reader import read_coco
from mmlandmark.annotations.splits import split_groups
from mmlandmark.annotations.writer import check_output, write_json
from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.geometry.boxes import boxes_from_points, xyxy_to_xywh
from mmlandmark.schemas import KeypointSchema, get_schema

SIDES = ('source', 'target', 'both')
BOXES = ('own', 'file')
_PART = re.compile(r'(?P<name>[\w-]+)=(?P<ratio>[\d.eE+-]+):(?P<side>\w+)')
_KEPT = ('id', 'image_id', 'category_id', 'iscrowd')


@dataclass(frozen=True)
class Part:
    """One file to write.

    Attributes:
        name: File name without ``.json``.
        ratio: Share of the pairs.
        side: Which labels it gets: ``source``, ``target``, or ``both`` (it stays a file of pairs).
    """

    name: str
    ratio: float
    side: str

    @classmethod
    def parse(cls, text: str) -> Part:
        """Read ``NAME=RATIO:SIDE``.

        Raises:
            LandmarkError: Another form, or an unknown side.
        """
        match = _PART.fullmatch(text)
        try:
            ratio = float(match['ratio']) if match else None
        except ValueError:
            ratio = None
        if match is None or ratio is None:
            raise LandmarkError(f'part {text!r}: expected NAME=RATIO:SIDE, such as a=0.5:source')
        if match['side'] not in SIDES:
            side = match['side']
            raise LandmarkError(f'part {text!r}: unknown side {side!r}{nearest(side, SIDES)}')
        return cls(match['name'], ratio, match['side'])


@dataclass(frozen=True)
class PartReport:
    """What a written file holds.

    Attributes:
        file: Its path.
        schema: Schema of its labels, two joined by ``+`` for a file of pairs.
        instances: Number of annotations.
        groups: Number of different values that the split went by; None for a whole file.
        images: Number of images.
        points: Number of labelled keypoints.
    """

    file: Path
    schema: str
    instances: int
    groups: int | None
    images: int
    points: int


def split_pairs(
    pair_file: str | os.PathLike,
    out_dir: str | os.PathLike,
    parts: Sequence[Part] = (),
    *,
    whole: str | None = None,
    by: str = 'image_id',
    seed: int = 0,
    boxes: str = 'own',
    padding: float = 0.0,
    source_schema: str | KeypointSchema | None = None,
    target_schema: str | KeypointSchema | None = None,
    overwrite: bool = False,
) -> tuple[list[PartReport], dict[str, int]]:
    """Divide the pairs by group and write each part in one schema (or as pairs).

    A file in one schema has nothing of the other: of an annotation it keeps ids, its own
    keypoints and further single numbers and texts (``identity``, ``head_size``); box and area come
    from its own keypoints unless ``boxes`` says otherwise.

    Args:
        pair_file: COCO file with ``keypoints`` and ``keypoints_target``.
        out_dir: Folder to write to; made if need be.
        parts: The files to write; their ratios sum to one.
        whole: Write all pairs as NAME_source.json and NAME_target.json instead.
        by: Group that stays together: ``image_id``, ``file_name`` or an annotation field.
        seed: Another seed is another split.
        boxes: ``own``: the box of the part's own keypoints; ``file``: the ``bbox`` and ``area`` of
            the annotation, which usually belong to the source.
        padding: How far each side of an own box moves outwards, as a share of its size.
        source_schema: Found by the names in the file where None.
        target_schema: The same.
        overwrite: Replace files that exist.

    Returns:
        One report per file, and why pairs were left out -> how many.

    Raises:
        LandmarkError: Anything wrong with the file or the settings; nothing is written then.
    """
    _check(parts, whole, boxes, padding)
    data, where = read_coco(pair_file)
    pairs = read_pairs(
        pair_file,
        _schema(data, where, 'keypoints', source_schema),
        _schema(data, where, 'keypoints_target', target_schema),
        min_source_points=1,
    )
    if whole is not None:
        everything = np.arange(len(pairs))
        plan = [(f'{whole}_{side}', side, everything) for side in SIDES[:2]]
    else:
        ratios = {part.name: part.ratio for part in parts}
        chosen = split_groups(pairs.groups(by), ratios, seed, list(ratios))
        plan = [(part.name, part.side, chosen[part.name]) for part in parts]
    folder = Path(out_dir)
    folder.mkdir(parents=True, exist_ok=True)
    for name, _, _ in plan:
        check_output(folder / f'{name}.json', overwrite=overwrite)
    reports = []
    for name, side, rows in plan:
        part = pairs.select(rows)
        if side == 'both':
            content = {'annotations': part.annotations, 'categories': data['categories']}
        else:
            content = _one_side(part, side, boxes, padding)
        used = set(part.image_ids.tolist())
        images = [image for image in data['images'] if image['id'] in used]
        document = {'images': images, **content}
        write_json(folder / f'{name}.json', document, overwrite=overwrite)
        groups = None if whole is not None else len(set(part.groups(by)))
        reports.append(_report(folder / f'{name}.json', part, side, len(images), groups))
    return reports, {reason: count for reason, count in pairs.excluded.items() if count}


def _check(parts: Sequence[Part], whole: str | None, boxes: str, padding: float) -> None:
    if bool(parts) == (whole is not None):
        raise LandmarkError('a file is divided into parts or used whole: give one of the two')
    names = [part.name for part in parts]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise LandmarkError(f'part {twice[0]!r} is given twice')
    if boxes not in BOXES:
        raise LandmarkError(f'unknown boxes {boxes!r}{nearest(boxes, BOXES)}; expected own or file')
    if not 0 <= padding < float('inf'):
        raise LandmarkError(f'padding is {padding}; expected a share of the box, 0 or more')


def _schema(
    data: dict, where: str, field: str, schema: str | KeypointSchema | None
) -> KeypointSchema:
    return schema_of_file(data, where, field) if schema is None else get_schema(schema)


def _one_side(pairs: Pairs, side: str, boxes: str, padding: float) -> dict[str, Any]:
    schema: KeypointSchema = getattr(pairs, f'{side}_schema')
    points, visible = getattr(pairs, f'{side}_points'), getattr(pairs, f'{side}_visible')
    own = xyxy_to_xywh(boxes_from_points(points, visible, padding)).round(3)
    rows = coco_lists(points, visible, decimals=6)
    counts = (visible > 0).sum(axis=1).tolist()
    annotations = []
    for entry, row, count, box in zip(pairs.annotations, rows, counts, own.tolist(), strict=True):
        frame = {'bbox': box, 'area': round(box[2] * box[3], 3)}
        if boxes == 'file':
            frame = {key: entry[key] for key in frame if key in entry}
        annotations.append({**_neutral(entry), 'keypoints': row, 'num_keypoints': count, **frame})
    categories = sorted({entry['category_id'] for entry in pairs.annotations})
    return {
        'annotations': annotations,
        'categories': [schema.to_category(id_) for id_ in categories],
    }


def _neutral(annotation: Mapping[str, Any]) -> dict[str, Any]:
    """What belongs to neither labelling: ids, and single numbers and texts that count no points."""
    return {
        key: value
        for key, value in annotation.items()
        if key in _KEPT
        or (isinstance(value, int | float | str) and key != 'area' and 'keypoints' not in key)
    }


def _report(file: Path, pairs: Pairs, side: str, images: int, groups: int | None) -> PartReport:
    sides = SIDES[:2] if side == 'both' else (side,)
    return PartReport(
        file=file,
        schema='+'.join(getattr(pairs, f'{s}_schema').name for s in sides),
        instances=len(pairs),
        groups=groups,
        images=images,
        points=sum(int((getattr(pairs, f'{s}_visible') > 0).sum()) for s in sides),
    )
