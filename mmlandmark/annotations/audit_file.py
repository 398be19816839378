"""COCO keypoint files as arrays for an audit: what is wrong is listed, not refused."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mmlandmark.annotations.audit_values import is_number, lenient_boxes, lenient_keypoints
from mmlandmark.annotations.category import category_orders
from mmlandmark.annotations.json_file import read_json
from mmlandmark.annotations.pair_files import schema_of_file
from mmlandmark.annotations.release_problems import EntryProblem
from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.schemas import KeypointSchema, get_schema

BROKEN_ENTRY = 'entry without an integer id'
SAME_ID = 'id that occurs twice'
NO_FILE_NAME = 'image without file_name'
NO_IMAGE = 'annotation without image'
NO_ANNOTATION = 'image without annotation'
WRONG_VISIBILITY = 'visibility other than 0, 1, 2'
WRONG_SUM = 'wrong num_keypoints'


@dataclass(frozen=True)
class AuditedFile:
    """The N instances of a COCO file that can be looked at.

    Attributes:
        name: The file, for messages.
        schema: The schema of the points.
        names: ``annotation ID (FILE)`` of each instance.
        ids: Annotation id and image id of each instance.
        file_names: Picture of each instance; '' where the file names none.
        pictures: File name -> (width, height) of every image that has one, below 1 where unknown.
        image_ids: File name -> id of its image.
        points: (N, K, 2) float64 pixels in the order of the schema; NaN where not a number.
        visible: (N, K) bool, labelled.
        boxes: (N, 4) float64 x1, y1, x2, y2; NaN where malformed or absent.
        sizes: (N, 2) float64 width and height of the pictures, below 1 where unknown.
        problems: Entries that are not as they should be.
        notes: What was left out on purpose.
    """

    name: str
    schema: KeypointSchema
    names: list[str]
    ids: list[tuple[int, int]]
    file_names: list[str]
    pictures: dict[str, tuple[float, float]]
    image_ids: dict[str, int]
    points: np.ndarray
    visible: np.ndarray
    boxes: np.ndarray
    sizes: np.ndarray
    problems: list[EntryProblem]
    notes: tuple[str, ...]


def read_for_audit(
    path: str | os.PathLike,
    schema: str | KeypointSchema | None = None,
    *,
    bbox_field: str = 'bbox',
) -> AuditedFile:
    """Read a COCO keypoint file as far as it can be read; numbers may be NaN or null.

    Args:
        path: The file.
        schema: Schema of the points; None: the one that has the names of the category. Where it
            is given, a category that lists no names is in its order.
        bbox_field: Key of the annotations' boxes, x, y, width, height.

    Raises:
        LandmarkError: The file is no COCO object, carries no known schema, has no annotation that
            can be read, or no boxes under a key that was asked for.
    """
    data, where = _parse(path), str(Path(path))
    known = schema_of_file(data, where) if schema is None else get_schema(schema)
    orders = category_orders(
        data['categories'], known, field='keypoints', where=where, assume_names=schema is not None
    )
    problems: list[EntryProblem] = []
    images = _by_id(data['images'], 'image', problems)
    for id_, image in images.items():
        if not _file_name(image):
            problems.append(EntryProblem(f'image {id_}', NO_FILE_NAME, image_id=id_))
    annotations = list(_by_id(data['annotations'], 'annotation', problems).values())
    annotations = _on_images(annotations, images, problems)
    carried = [a for a in annotations if _integer(a, 'category_id') in orders]
    asked = [a for a in carried if not _is_empty(a)]
    values, faults = lenient_keypoints([a.get('keypoints') for a in asked], known.num_keypoints)
    for annotation, fault in zip(asked, faults, strict=True):
        if fault:
            problems.append(_of_annotation(annotation, images, *fault))
    chosen = [a for a, fault in zip(asked, faults, strict=True) if not fault]
    if not chosen:
        first = f'; the first problem: {problems[0]}' if problems else ''
        raise LandmarkError(f'{where}: no annotation has keypoints that can be read{first}')
    if bbox_field != 'bbox' and not any(bbox_field in a for a in chosen):
        keys = {key for annotation in chosen for key in annotation}
        hint = nearest(bbox_field, sorted(keys))
        raise LandmarkError(f'{where}: no annotation has boxes under {bbox_field!r}{hint}')
    _check_visible(values[..., 2], chosen, images, problems)
    for category, order in orders.items():
        rows = [row for row, a in enumerate(chosen) if a['category_id'] == category]
        values[rows] = values[rows][:, order]
    image_of = [images[a['image_id']] for a in chosen]
    return AuditedFile(
        name=where,
        schema=known,
        names=[_name(a, images) for a in chosen],
        ids=[(a['id'], a['image_id']) for a in chosen],
        file_names=[_file_name(image) for image in image_of],
        pictures={_file_name(i): _size(i) for i in images.values() if _file_name(i)},
        image_ids={_file_name(i): id_ for id_, i in images.items() if _file_name(i)},
        points=values[..., :2],
        visible=values[..., 2] > 0,
        boxes=lenient_boxes([a.get(bbox_field) for a in chosen]),
        sizes=np.array([_size(image) for image in image_of], dtype=np.float64),
        problems=problems,
        notes=_left_out(len(annotations) - len(carried), len(carried) - len(asked)),
    )


def _parse(path: str | os.PathLike) -> dict[str, Any]:
    try:
        data = read_json(path)
    except LandmarkError:
        # Python's parser takes NaN, which is a finding here; what it refuses was told well.
        try:
            data = json.loads(Path(path).read_bytes())
        except (OSError, ValueError, RecursionError):
            data = None
        if data is None:
            raise
    if not isinstance(data, dict):
        raise LandmarkError(f'{path}: holds a {type(data).__name__}; expected a COCO object')
    for key in ('images', 'annotations', 'categories'):
        if not isinstance(data.get(key), list):
            raise LandmarkError(f'{path}: has no list {key!r}; expected a COCO keypoint file')
    for category in data['categories']:
        if not isinstance(category, dict):
            raise LandmarkError(f'{path}: category {category!r:.40}; expected an object')
    return data


def _by_id(entries: Sequence[Any], kind: str, problems: list[EntryProblem]) -> dict[int, dict]:
    """Return the entries by id, the first of each; the others are problems."""
    found: dict[int, dict] = {}
    for number, entry in enumerate(entries, 1):
        id_ = entry.get('id') if isinstance(entry, dict) else None
        if type(id_) is not int:
            problems.append(EntryProblem(f'{kind} number {number} of the list', BROKEN_ENTRY))
        elif id_ in found:
            detail, ids = f'number {number} of the list', {f'{kind}_id': id_}
            problems.append(EntryProblem(f'{kind} {id_}', SAME_ID, detail, **ids))
        else:
            found[id_] = entry
    return found


def _on_images(
    annotations: Sequence[dict], images: dict[int, dict], problems: list[EntryProblem]
) -> list[dict]:
    """Return the annotations whose image is listed; name those, and images without one."""
    good = [a for a in annotations if _integer(a, 'image_id') in images]
    labelled = {a['image_id'] for a in good}
    for annotation in annotations:
        if _integer(annotation, 'image_id') not in images:
            name, detail = f'annotation {annotation["id"]}', annotation.get('image_id')
            found = EntryProblem(name, NO_IMAGE, f'image {detail!r:.40}', annotation['id'])
            problems.append(found)
    for id_, image in images.items():
        if id_ not in labelled:
            name = _file_name(image) or f'image {id_}'
            problems.append(EntryProblem(name, NO_ANNOTATION, image_id=id_))
    return good


def _is_empty(annotation: dict) -> bool:
    """Whether it is a crowd, or says that it has no keypoints and has none."""
    if annotation.get('iscrowd'):
        return True
    keypoints = annotation.get('keypoints')
    marks = keypoints[2::3] if isinstance(keypoints, list) else ()
    return annotation.get('num_keypoints') == 0 and not any(is_number(v) and v > 0 for v in marks)


def _check_visible(
    visible: np.ndarray,
    annotations: Sequence[dict],
    images: dict[int, dict],
    problems: list[EntryProblem],
) -> None:
    odd = ~np.isin(visible, (0, 1, 2)).all(axis=1)
    for row in np.flatnonzero(odd):
        problems.append(_of_annotation(annotations[row], images, WRONG_VISIBILITY))
    counted = (visible > 0).sum(axis=1).tolist()
    for annotation, count in zip(annotations, counted, strict=True):
        stated = annotation.get('num_keypoints', count)
        if stated != count:
            detail = f'{stated!r:.20}, but {count} are labelled'
            problems.append(_of_annotation(annotation, images, WRONG_SUM, detail))


def _of_annotation(
    annotation: dict, images: dict[int, dict], reason: str, detail: str = ''
) -> EntryProblem:
    ids = annotation['id'], annotation['image_id']
    return EntryProblem(_name(annotation, images), reason, detail, *ids)


def _integer(entry: dict, key: str) -> int | None:
    value = entry.get(key)
    return value if type(value) is int else None


def _name(annotation: dict, images: dict[int, dict]) -> str:
    file_name = _file_name(images[annotation['image_id']])
    return f'annotation {annotation["id"]}' + (f' ({file_name})' if file_name else '')


def _file_name(image: dict) -> str:
    name = image.get('file_name')
    return name if isinstance(name, str) else ''


def _size(image: dict) -> tuple[float, float]:
    width: Any = image.get('width')
    height: Any = image.get('height')
    known = is_number(width) and is_number(height) and width >= 1 and height >= 1
    return (width, height) if known else (-1, -1)


def _left_out(other: int, empty: int) -> tuple[str, ...]:
    notes = []
    if other:
        notes.append(f'{other} annotations of categories with other keypoints, not checked')
    if empty:
        notes.append(
            f'{empty} annotations without keypoints (crowds, num_keypoints 0), not checked'
        )
    return tuple(notes)
