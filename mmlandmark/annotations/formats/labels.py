"""Labelled pictures as all formats have them in common."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mmlandmark.annotations.category import name_differences
from mmlandmark.annotations.pictures import picture_size
from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.schemas import KeypointSchema

UNLABELLED, HIDDEN, SEEN = 0, 1, 2


@dataclass(frozen=True)
class Labels:
    """Instances of one schema in pictures.

    Attributes:
        name: The file they come from, for messages.
        category: What an instance is called.
        schema: The keypoints, in the order of ``points``.
        files: P names of pictures, as the file has them.
        sizes: (P, 2) int64 width and height; 0 where the file does not say.
        pictures: (N,) int64, the picture of each instance.
        points: (N, K, 2) float64 pixels; NaN where a point is not labelled.
        visible: (N, K) uint8, COCO v: 0 not labelled, 1 labelled and hidden, 2 seen.
        boxes: (N, 4) float64 x1, y1, x2, y2; NaN where there is none.
        tracks: N names of individuals, None where the file has none.
        extras: N dicts of what else a COCO annotation holds.
        picture_extras: P dicts of what else a COCO image holds.
        notes: What the reader left out or took for granted, a line each.
    """

    name: str
    category: str
    schema: KeypointSchema
    files: Sequence[str]
    sizes: np.ndarray
    pictures: np.ndarray
    points: np.ndarray
    visible: np.ndarray
    boxes: np.ndarray
    tracks: Sequence[str | None]
    extras: Sequence[dict[str, Any]]
    picture_extras: Sequence[dict[str, Any]]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.pictures)

    def per_picture(self) -> list[list[int]]:
        """Return the instances of each picture, in their order."""
        members: list[list[int]] = [[] for _ in self.files]
        for row, picture in enumerate(self.pictures.tolist()):
            members[picture].append(row)
        return members


@dataclass(frozen=True)
class Instance:
    """One instance, as readers that go through a file entry by entry collect it.

    Attributes:
        picture: Position of its picture.
        points: Keypoint name -> x, y, COCO v; what is not there is not labelled.
        box: x1, y1, x2, y2, or None.
        track: Name of the individual, or None.
    """

    picture: int
    points: dict[str, tuple[float, float, int]]
    box: tuple[float, float, float, float] | None = None
    track: str | None = None


def gather(
    name: str,
    category: str,
    schema: KeypointSchema,
    pictures: Sequence[tuple[str, int, int]],
    instances: Sequence[Instance],
    notes: Iterable[str] = (),
) -> Labels:
    """Return collected instances as arrays.

    Args:
        name: The file, for messages.
        category: What an instance is called.
        schema: Its names are those of the points.
        pictures: File name, width and height of each picture; 0 for sizes that are not known.
        instances: The instances; their names are the schema's.
        notes: See ``Labels``.

    Raises:
        LandmarkError: A picture is listed twice, or a coordinate is not finite.
    """
    files = [file for file, _, _ in pictures]
    require_once(files, name)
    shape = (len(instances), schema.num_keypoints)
    points, visible = np.full((*shape, 2), np.nan), np.zeros(shape, dtype=np.uint8)
    boxes = np.full((len(instances), 4), np.nan)
    for row, instance in enumerate(instances):
        for keypoint, (x, y, v) in instance.points.items():
            if not (np.isfinite(x) and np.isfinite(y)):
                raise LandmarkError(
                    f'{name}: picture {files[instance.picture]}: {keypoint} is ({x}, {y}); '
                    'expected finite numbers'
                )
            column = schema.index(keypoint)
            points[row, column], visible[row, column] = (x, y), v
        if instance.box is not None:
            boxes[row] = instance.box
    return Labels(
        name=name,
        category=category,
        schema=schema,
        files=files,
        sizes=np.array([p[1:] for p in pictures], dtype=np.int64).reshape(-1, 2),
        pictures=np.array([i.picture for i in instances], dtype=np.int64),
        points=points,
        visible=visible,
        boxes=boxes,
        tracks=[i.track for i in instances],
        extras=[{} for _ in instances],
        picture_extras=[{} for _ in files],
        notes=tuple(notes),
    )


def require_once(files: Sequence[str], where: str) -> None:
    """Raise a LandmarkError if a picture is listed twice: formats know pictures by their names."""
    if len(set(files)) < len(files):
        twice = next(file for file, count in Counter(files).items() if count > 1)
        raise LandmarkError(
            f'{where}: picture {twice} is listed twice; expected every picture once'
        )


def file_schema(
    name: str, keypoints: Sequence[str], skeleton: Sequence[tuple[str, str]], where: str
) -> KeypointSchema:
    """Return the schema that a file describes.

    Raises:
        LandmarkError: It is none; the message names the file.
    """
    try:
        return KeypointSchema(name=name, keypoints=tuple(keypoints), skeleton=tuple(skeleton))
    except LandmarkError as error:
        raise LandmarkError(f'{where}: {error}') from None


def schema_for(
    names: Sequence[str], schema: KeypointSchema | None, *, where: str, category: str, all_: bool
) -> KeypointSchema:
    """Return the schema of keypoint names that a file has.

    Args:
        names: The names in the order of the file.
        schema: The schema that they should belong to; None: one of these names alone.
        where: File name, for messages.
        category: Name of a new schema.
        all_: The file has to have every name of the schema, not only no other.

    Raises:
        LandmarkError: The names are not the schema's.
    """
    if schema is None:
        if not names:
            raise LandmarkError(f'{where}: has no keypoints; give their schema')
        return file_schema(category, names, (), where)
    foreign = next((name for name in names if name not in schema.keypoints), None)
    if foreign is not None:
        raise LandmarkError(
            f'{where}: keypoint {foreign!r} is not in schema {schema.name!r}'
            f'{nearest(foreign, schema.keypoints)}'
        )
    listed = list(names) if all_ else list(schema.keypoints)
    problem = name_differences(listed, schema, 'keypoints')
    if problem is not None:
        problem = problem.replace('the category lacks', 'the file lacks')
        raise LandmarkError(f'{where}: does not carry schema {schema.name!r}: {problem}')
    return schema


def with_sizes(labels: Labels, root: str | os.PathLike) -> Labels:
    """Return labels with the size of each picture, read from the pictures.

    Args:
        labels: Labels.
        root: Folder that the names of pictures are relative to.

    Raises:
        LandmarkError: A picture is missing, or of another size than the file says.
    """
    sizes = labels.sizes.copy()
    for index, file in enumerate(labels.files):
        size = picture_size(Path(root, file))
        if sizes[index].all() and tuple(sizes[index]) != size:
            raise LandmarkError(
                f'{labels.name}: picture {file} is {size[0]}x{size[1]}; the file says '
                f'{sizes[index, 0]}x{sizes[index, 1]}'
            )
        sizes[index] = size
    return replace(labels, sizes=sizes)


def require_sizes(labels: Labels, what: str) -> None:
    """Raise unless the size of every picture is known.

    Raises:
        LandmarkError: A picture without one.
    """
    unknown = np.flatnonzero(~labels.sizes.all(axis=1))
    if unknown.size:
        raise LandmarkError(
            f'{labels.name}: the size of picture {labels.files[unknown[0]]} is not known (nor of '
            f'{unknown.size - 1} others), and {what}; give the folder of the pictures (root)'
        )


def tight_boxes(labels: Labels) -> tuple[np.ndarray, int]:
    """Return the boxes, those that are missing made of the labelled points.

    Returns:
        (N, 4) x1, y1, x2, y2, NaN where there is neither a box nor a point; and how many are made.
    """
    boxes = labels.boxes.copy()
    rows = np.flatnonzero(np.isnan(boxes).any(axis=1) & (labels.visible > 0).any(axis=1))
    if rows.size:
        boxes[rows, :2] = np.nanmin(labels.points[rows], axis=1)
        boxes[rows, 2:] = np.nanmax(labels.points[rows], axis=1)
    return boxes, len(rows)


def lost(
    labels: Labels,
    *,
    hidden: bool = False,
    boxes: bool = False,
    sizes: bool = False,
    links: bool = False,
    category: bool = False,
) -> list[str]:
    """Return a note for each thing that a format other than COCO does not hold and that is there.

    None of them has ids, areas or further fields of COCO.

    Args:
        labels: What is written.
        hidden: The format does not tell hidden points from seen ones.
        boxes: It has no boxes.
        sizes: It has no sizes of pictures.
        links: It has no links between keypoints.
        category: It does not say what an instance is called.
    """
    notes = []
    if links and labels.schema.skeleton:
        notes.append(f'{len(labels.schema.skeleton)} links between keypoints are not written')
    if category and len(labels):
        notes.append(f'the name {labels.category!r} of the instances is not written')
    count = int((labels.visible == HIDDEN).sum())
    if hidden and count:
        notes.append(f'{count} hidden keypoints are written as seen')
    count = int((~np.isnan(labels.boxes).any(axis=1)).sum())
    if boxes and count:
        notes.append(f'{count} boxes are not written')
    count = int(labels.sizes.all(axis=1).sum())
    if sizes and count:
        notes.append(f'the sizes of {count} pictures are not written')
    notes += _lost_ids(labels.extras, 'annotations') + _lost_ids(labels.picture_extras, 'pictures')
    notes += _lost_areas(labels)
    notes += _lost_fields(labels.extras, {'id', 'area', 'iscrowd'}, 'annotations')
    notes += _lost_fields(labels.picture_extras, {'id'}, 'pictures')
    crowds = sum(bool(extra.get('iscrowd')) for extra in labels.extras)
    return notes + ([f'{crowds} crowds are written as all others'] if crowds else [])


def _lost_ids(extras: Sequence[dict[str, Any]], what: str) -> list[str]:
    # ids that count from 1 come back as they were
    count = sum(extra.get('id', place) != place for place, extra in enumerate(extras, start=1))
    return [f'the ids of {count} {what} are not written'] if count else []


def _lost_areas(labels: Labels) -> list[str]:
    # areas of boxes come back; OKS divides by others, those of segments
    given = [extra.get('area') for extra in labels.extras]
    boxes, _ = tight_boxes(labels)
    made = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    count = sum(
        area is not None and not np.isclose(area, of_box, rtol=1e-6)
        for area, of_box in zip(given, made.tolist(), strict=True)
    )
    return [f'{count} areas that are not those of the boxes are not written'] if count else []


def _lost_fields(extras: Sequence[dict[str, Any]], made: set[str], what: str) -> list[str]:
    counts: dict[str, int] = {}
    for extra in extras:
        for key in extra.keys() - made:
            counts[key] = counts.get(key, 0) + 1
    if not counts:
        return []
    listed = ', '.join(f'{key} ({count})' for key, count in sorted(counts.items()))
    return [f'fields of {what} that are not written: {listed}']
