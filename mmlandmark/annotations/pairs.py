"""Pairs of one instance's points in two schemas, as arrays."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from mmlandmark.annotations.agreement import check_agreement
from mmlandmark.annotations.pairing import Pairing, pair_by_box, pair_by_id
from mmlandmark.annotations.reader import CocoKeypoints, read_coco, read_coco_keypoints
from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.geometry.boxes import boxes_from_points

if TYPE_CHECKING:
    from mmlandmark.schemas import KeypointSchema

JOINS = ('id', 'box')


@dataclass(frozen=True)
class Pairs:
    """N instances labelled in two schemas.

    Attributes:
        name: File name, for messages.
        source_schema: Schema of the S source points.
        target_schema: Schema of the T target points.
        source_points: (N, S, 2) float64 pixels, (0, 0) where not labelled.
        source_visible: (N, S) uint8 COCO v.
        target_points: (N, T, 2) float64 pixels.
        target_visible: (N, T) uint8 COCO v.
        source_boxes: (N, 4) x1, y1, x2, y2: the ``bbox``, else the box of the source points.
        target_boxes: (N, 4): the ``bbox``, else the box of the target points.
        ids: (N,) int64 annotation ids of the source side.
        image_ids: (N,) int64 image ids of the source side.
        annotations: The N source annotations.
        target_annotations: The N target annotations; the same objects where one file holds both.
        file_names: Image id -> file name, where the file has them.
        excluded: Why instances were left out -> how many.
    """

    name: str
    source_schema: KeypointSchema
    target_schema: KeypointSchema
    source_points: np.ndarray
    source_visible: np.ndarray
    target_points: np.ndarray
    target_visible: np.ndarray
    source_boxes: np.ndarray
    target_boxes: np.ndarray
    ids: np.ndarray
    image_ids: np.ndarray
    annotations: list[dict]
    target_annotations: list[dict]
    file_names: dict[int, str]
    excluded: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    def select(self, entries: np.ndarray) -> Pairs:
        """Return the pairs at the given positions, in that order; ``excluded`` is kept."""
        changed: dict[str, Any] = {}
        for item in dataclasses.fields(self):
            value = getattr(self, item.name)
            if isinstance(value, np.ndarray):
                changed[item.name] = value[entries]
            elif isinstance(value, list):
                changed[item.name] = [value[i] for i in entries.tolist()]
        return dataclasses.replace(self, **changed)

    def groups(self, by: str) -> list[Any]:
        """Return the group of each pair: ``image_id``, ``file_name`` or any annotation field.

        Raises:
            LandmarkError: An annotation without that field.
        """
        if by == 'file_name':
            values = [self.file_names.get(i) for i in self.image_ids.tolist()]
        else:
            values = [annotation.get(by) for annotation in self.annotations]
        for value, annotation in zip(values, self.annotations, strict=True):
            if not isinstance(value, (int, str)):
                problem = f'has no {by!r}' if value is None else f'{by!r} is {value!r:.60}'
                raise LandmarkError(
                    f'{self.name}: annotation {annotation["id"]}: {problem} to split by; expected '
                    f'a text or an integer{nearest(by, annotation)}'
                )
        return values

    def numbers(self, key: str) -> np.ndarray | None:
        """Return one number per pair from an annotation field of either side.

        Returns:
            (N,) float64, NaN where an annotation has none; None where no annotation has it.

        Raises:
            LandmarkError: A value that is not a number.
        """
        values = [
            a.get(key, b.get(key))
            for a, b in zip(self.annotations, self.target_annotations, strict=True)
        ]
        if all(value is None for value in values):
            return None
        for value, annotation in zip(values, self.annotations, strict=True):
            if value is not None and type(value) not in (int, float):
                raise LandmarkError(
                    f'{self.name}: annotation {annotation["id"]}: {key!r} is {value!r:.60}; '
                    'expected a number'
                )
        return np.array([np.nan if v is None else v for v in values], dtype=np.float64)


def read_pairs(
    ann_file: str | os.PathLike | dict,
    source_schema: KeypointSchema,
    target_schema: KeypointSchema,
    *,
    target_ann_file: str | os.PathLike | dict | None = None,
    join: str = 'id',
    min_iou: float = 0.5,
    margin: float = 0.1,
    source_field: str = 'keypoints',
    target_field: str | None = None,
    min_source_points: int = 3,
    min_target_points: int = 1,
    assume_names: bool = False,
    force: bool = False,
    name: str | None = None,
) -> Pairs:
    """Read pairs from one file that holds both sides, or join two files.

    Args:
        ann_file: COCO file with the source points.
        source_schema: Their schema.
        target_schema: The schema of the target points.
        target_ann_file: COCO file with the target points; None: they are in ``ann_file``.
        join: ``id`` or ``box``: how two files are joined, see ``pairing``.
        min_iou: For ``box``, see ``pair_by_box``.
        margin: For ``box``, see ``pair_by_box``.
        source_field: Annotation and category key of the source points.
        target_field: That of the target points; ``keypoints_target`` in one file, ``keypoints`` in
            a file of its own.
        min_source_points: Pairs with fewer labelled source points are left out and counted.
        min_target_points: The same for target points.
        assume_names: Take categories that list no names to be in the schema's order.
        force: Accept sides that do not match, see ``agreement``.
        name: What messages call ``ann_file``; the path by default.

    Raises:
        LandmarkError: Anything wrong with the files, sides that do not match, or no pair left.
    """
    purpose = f' (pairs of {source_schema.name!r} with {target_schema.name!r})'
    options: dict[str, Any] = {'assume_names': assume_names, 'purpose': purpose}
    data, name = read_coco(ann_file, name=name)
    source = read_coco_keypoints(
        data, source_schema, keypoints_field=source_field, name=name, **options
    )
    if target_ann_file is None:
        target = read_coco_keypoints(
            data,
            target_schema,
            keypoints_field=target_field or 'keypoints_target',
            name=name,
            **options,
        )
    else:
        target = read_coco_keypoints(
            target_ann_file, target_schema, keypoints_field=target_field or 'keypoints', **options
        )
    joined = join_files(
        source, target, join if target_ann_file is not None else 'id', min_iou, margin
    )
    pairs = paired(source, target, joined)
    pairs = _labelled(pairs, min_source_points, min_target_points)
    if not len(pairs):
        raise LandmarkError(f'{name}: no usable pair is left; left out: {pairs.excluded}')
    if not force:
        check_agreement(pairs)
    return pairs


def join_files(
    source: CocoKeypoints,
    target: CocoKeypoints,
    join: str = 'id',
    min_iou: float = 0.5,
    margin: float = 0.1,
) -> Pairing:
    """Join two files by ``id`` or by ``box``; see ``pairing`` for what each does and raises."""
    if join == 'box':
        return pair_by_box(source, target, min_iou=min_iou, margin=margin)
    if join != 'id':
        raise LandmarkError(f'unknown join {join!r}{nearest(join, JOINS)}; expected id or box')
    return pair_by_id(source, target)


def paired(source: CocoKeypoints, target: CocoKeypoints, joined: Pairing) -> Pairs:
    """Return the arrays of joined annotations, with what was left out counted."""
    boxes = []
    for side, rows in ((source, joined.source), (target, joined.target)):
        own = side.bboxes[rows]
        absent = np.isnan(own).any(axis=1)
        own[absent] = boxes_from_points(side.points[rows][absent], side.visible[rows][absent])
        boxes.append(own)
    one_file = source.data is target.data
    excluded = Counter(
        {
            'other category': source.other_category,
            'crowd or without keypoints': source.without_keypoints,
            'source without target': len(joined.unpaired_source),
            'target without source': 0 if one_file else len(joined.unpaired_target),
            'ambiguous': len(joined.ambiguous_source),
        }
    )
    return Pairs(
        name=source.name if one_file else f'{source.name} with {target.name}',
        source_schema=source.schema,
        target_schema=target.schema,
        source_points=source.points[joined.source],
        source_visible=source.visible[joined.source],
        target_points=target.points[joined.target],
        target_visible=target.visible[joined.target],
        source_boxes=boxes[0],
        target_boxes=boxes[1],
        ids=source.ids[joined.source],
        image_ids=source.image_ids[joined.source],
        annotations=[source.annotations[i] for i in joined.source.tolist()],
        target_annotations=[target.annotations[i] for i in joined.target.tolist()],
        file_names={
            image['id']: image['file_name']
            for image in source.data['images']
            if 'file_name' in image
        },
        excluded=dict(excluded),
    )


def _labelled(pairs: Pairs, min_source: int, min_target: int) -> Pairs:
    crowd = np.array([bool(a.get('iscrowd')) for a in pairs.annotations], dtype=bool)
    few_source = ~crowd & ((pairs.source_visible > 0).sum(axis=1) < min_source)
    few_target = ~crowd & ~few_source & ((pairs.target_visible > 0).sum(axis=1) < min_target)
    excluded = dict(pairs.excluded)
    excluded['crowd or without keypoints'] += int(crowd.sum())
    excluded[f'fewer than {min_source} source points'] = int(few_source.sum())
    excluded[f'fewer than {min_target} target points'] = int(few_target.sum())
    kept = pairs.select(np.flatnonzero(~(crowd | few_source | few_target)))
    return dataclasses.replace(kept, excluded=excluded)
