"""COCO keypoint files as arrays, every entry checked."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mmlandmark.annotations.arrays import box_rows, keypoint_rows
from mmlandmark.annotations.category import category_orders
from mmlandmark.annotations.collection import paused_gc
from mmlandmark.annotations.json_file import read_json
from mmlandmark.errors import LandmarkError

if TYPE_CHECKING:
    from mmlandmark.schemas import KeypointSchema


@dataclass(frozen=True)
class CocoKeypoints:
    """The keypoints of one COCO file in the order of one schema.

    Attributes:
        name: File name, for messages.
        schema: The schema of ``points``.
        data: The parsed file, untouched.
        annotations: The N annotations that are in the arrays, untouched.
        rows: (N,) int64, where each of them stands in ``data['annotations']``.
        ids: (N,) int64 annotation ids.
        image_ids: (N,) int64.
        points: (N, K, 2) float64, pixels; (0, 0) where a point is not labelled.
        visible: (N, K) uint8, COCO v: 0 not labelled, 1 labelled and hidden, 2 seen.
        bboxes: (N, 4) float64 x1, y1, x2, y2; NaN where an annotation has no box.
        category_ids: The categories that carry the schema.
        other_category: Annotations left out because their category has other keypoints.
        without_keypoints: Annotations left out because they are crowds or say that they have no
            keypoints.
    """

    name: str
    schema: KeypointSchema
    data: dict
    annotations: list[dict]
    rows: np.ndarray
    ids: np.ndarray
    image_ids: np.ndarray
    points: np.ndarray
    visible: np.ndarray
    bboxes: np.ndarray
    category_ids: frozenset[int]
    other_category: int
    without_keypoints: int

    def __len__(self) -> int:
        return len(self.annotations)


def read_coco(source: str | os.PathLike | dict, *, name: str | None = None) -> tuple[dict, str]:
    """Read a COCO file and check what every use of it relies on.

    Args:
        source: A path, or the parsed file.
        name: What messages call it; the path by default.

    Returns:
        The parsed file and its name.

    Raises:
        LandmarkError: Not a COCO object; an entry without an integer id, with an id that occurs
            twice, or with an image that the file does not list.
    """
    if isinstance(source, dict):
        data, where = source, name or 'annotations'
    else:
        data, where = read_json(source), name or str(Path(source))
    if not isinstance(data, dict):
        raise LandmarkError(f'{where}: holds a {type(data).__name__}; expected a COCO object')
    for key in ('images', 'annotations', 'categories'):
        if not isinstance(data.get(key), list):
            raise LandmarkError(f'{where}: has no list {key!r}; expected a COCO keypoint file')
    image_ids = _unique_ids(data['images'], 'image', where)
    annotations = data['annotations']
    _unique_ids(annotations, 'annotation', where)
    of_image = _integers(annotations, 'image_id', where)
    unknown = set(of_image) - set(image_ids)
    if unknown:
        entry = next(a for a in annotations if a['image_id'] in unknown)
        raise LandmarkError(
            f'{where}: annotation {entry["id"]}: image {entry["image_id"]} is not among the images'
        )
    return data, where


def read_coco_keypoints(
    source: str | os.PathLike | dict,
    schema: KeypointSchema,
    *,
    keypoints_field: str = 'keypoints',
    category_field: str | None = None,
    name: str | None = None,
    assume_names: bool = False,
    purpose: str = '',
) -> CocoKeypoints:
    """Read the keypoints of one schema out of a COCO file.

    Only annotations whose category lists the schema's names are read; names in another order are
    brought into the schema's. An annotation may lack keypoints only if it is a crowd or its count
    of keypoints is 0.

    Args:
        source: A path, or the parsed file.
        schema: The schema of the points.
        keypoints_field: The annotation key of the points.
        category_field: The category key of the names; the same key by default.
        name: What messages call the file; the path by default.
        assume_names: Take a category that lists no names at all to be in the schema's order.
        purpose: What the points are for, added to messages about their number.

    Raises:
        LandmarkError: Anything in the file that is not as it should be; the message names the
            file, the annotation and, where there is one, the keypoint.
    """
    with paused_gc():
        data, where = read_coco(source, name=name)
        orders = category_orders(
            data['categories'],
            schema,
            field=category_field or keypoints_field,
            where=where,
            assume_names=assume_names,
        )
        annotations = data['annotations']
        categories = np.array(_integers(annotations, 'category_id', where), dtype=np.int64)
        carried = np.isin(categories, list(orders))
        labelled = _has_keypoints(annotations, carried, keypoints_field, where)
        rows = np.flatnonzero(labelled)
        chosen = annotations if labelled.all() else [annotations[row] for row in rows]
        ids = np.array([a['id'] for a in chosen], dtype=np.int64)
        values = keypoint_rows(
            [a[keypoints_field] for a in chosen],
            schema.keypoints,
            ids.tolist(),
            where=where,
            field=keypoints_field,
            expected=f'{3 * schema.num_keypoints} numbers: the {schema.num_keypoints} keypoints '
            f'of schema {schema.name!r}{purpose}',
        )
        values = _in_schema_order(values, categories[rows], orders)
        visible = values[..., 2].astype(np.uint8)
        return CocoKeypoints(
            name=where,
            schema=schema,
            data=data,
            annotations=chosen,
            rows=rows,
            ids=ids,
            image_ids=np.array([a['image_id'] for a in chosen], dtype=np.int64),
            points=np.where(visible[..., None] > 0, values[..., :2], 0.0),
            visible=visible,
            bboxes=box_rows([a.get('bbox') for a in chosen], ids.tolist(), where=where),
            category_ids=frozenset(orders),
            other_category=int((~carried).sum()),
            without_keypoints=int((carried & ~labelled).sum()),
        )


def _in_schema_order(
    values: np.ndarray, categories: np.ndarray, orders: dict[int, np.ndarray]
) -> np.ndarray:
    identity = np.arange(values.shape[1])
    for category, order in orders.items():
        if not np.array_equal(order, identity):
            members = np.flatnonzero(categories == category)
            values[members] = values[members][:, order]
    return values


def _has_keypoints(
    annotations: Sequence[dict], carried: np.ndarray, field: str, where: str
) -> np.ndarray:
    present = np.fromiter((field in a for a in annotations), dtype=bool, count=len(annotations))
    for row in np.flatnonzero(carried & ~present):
        annotation = annotations[row]
        if not annotation.get('iscrowd') and annotation.get(f'num_{field}') != 0:
            raise LandmarkError(
                f'{where}: annotation {annotation["id"]}: has no {field!r}; expected them, or '
                f"'iscrowd': 1 or 'num_{field}': 0"
            )
    return carried & present


def _unique_ids(entries: Sequence[Any], kind: str, where: str) -> list[int]:
    ids = _integers(entries, 'id', where, kind)
    if len(set(ids)) != len(ids):
        twice = next(id_ for id_, count in Counter(ids).items() if count > 1)
        raise LandmarkError(
            f'{where}: {ids.count(twice)} {kind}s have id {twice}; expected every id once'
        )
    return ids


def _integers(entries: Sequence[Any], key: str, where: str, kind: str = 'annotation') -> list[int]:
    try:
        values = list(map(itemgetter(key), entries))
    except (KeyError, TypeError):
        values = None
    if values is not None and set(map(type, values)) <= {int}:
        return values
    for index, entry in enumerate(entries):
        label = f'{kind} number {index + 1} of the list'
        if not isinstance(entry, dict):
            raise LandmarkError(f'{where}: {label} is {entry!r:.60}; expected an object')
        if key not in entry:
            raise LandmarkError(f'{where}: {label} (id {entry.get("id")}) has no {key!r}')
        if type(entry[key]) is not int:
            raise LandmarkError(
                f'{where}: {label}: {key!r} is {entry[key]!r:.60}; expected an integer'
            )
    raise AssertionError('unreachable: some entry differs from an integer')
