"""SLEAP's analysis CSV: a row for each instance, by frame number."""

from __future__ import annotations

import os

import numpy as np

from mmlandmark.annotations.formats.coco import category_name
from mmlandmark.annotations.formats.labels import (
    SEEN,
    Instance,
    Labels,
    gather,
    lost,
    schema_for,
)
from mmlandmark.annotations.formats.text_files import csv_bytes, pair, read_csv, spelled
from mmlandmark.annotations.writer import check_output, write_bytes
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import KeypointSchema

FRAME_NAME = '{:06d}.png'
_FIXED = ('track', 'frame_idx', 'instance.score')
_VIDEO = ('video', 'video_path')


def read_sleap(
    path: str | os.PathLike,
    *,
    schema: KeypointSchema | None = None,
    category: str | None = None,
    like: Labels | None = None,
) -> Labels:
    """Read an analysis CSV.

    Args:
        path: The CSV.
        schema: The schema that the nodes belong to; by default they are one.
        category: What an instance is called; by default as the schema or the file.
        like: Labels whose pictures are the frames, in their order. By default pictures are
            called by frame number, ``FRAME_NAME``.

    Raises:
        LandmarkError: Anything in the file that is not as it should be.
    """
    (head, *body), where = read_csv(path), str(path)
    if 'frame_idx' not in head or len(set(head)) < len(head):
        raise LandmarkError(f"{where}: has no column 'frame_idx', or a column twice")
    names = [column[:-2] for column in head if column.endswith('.x')]
    lacking = [name for name in names if f'{name}.y' not in head]
    if lacking:
        raise LandmarkError(f'{where}: {lacking[0]} has a column x but no column y')
    _one_video(head, body, where)
    category = category or category_name(path, schema)
    schema = schema_for(names, schema, where=where, category=category, all_=True)
    at = {column: index for index, column in enumerate(head)}
    frames = [_frame(row[at['frame_idx']], number, where) for number, row in enumerate(body, 2)]
    if like is None:
        numbers = sorted(set(frames))
        pictures = [(FRAME_NAME.format(frame), 0, 0) for frame in numbers]
        place = {frame: index for index, frame in enumerate(numbers)}
    else:
        pictures = [(f, *s) for f, s in zip(like.files, like.sizes.tolist(), strict=True)]
        place = {index: index for index in range(len(pictures))}
    instances = []
    for number, (row, frame) in enumerate(zip(body, frames, strict=True), start=2):
        if frame not in place:
            raise LandmarkError(
                f'{where}: row {number}: frame {frame}; there are {len(place)} pictures'
            )
        points = {}
        for name in names:
            x, y = row[at[f'{name}.x']], row[at[f'{name}.y']]
            found = pair(x, y, f'{where}: row {number} (frame {frame}): {name}')
            if found is not None:
                points[name] = (*found, SEEN)
        track = row[at['track']] if 'track' in at else ''
        instances.append(Instance(place[frame], points, track=track or None))
    notes = [] if like is not None else [f'{len(pictures)} pictures are called by frame number']
    scores = sum(row[i] != '' for i, c in enumerate(head) if c.endswith('.score') for row in body)
    notes += [f'{scores} scores are left out'] if scores else []
    parts = {f'{name}.{part}' for name in names for part in ('x', 'y', 'score')}
    other = [column for column in head if column not in {*parts, *_FIXED, *_VIDEO}]
    notes += [f'columns that are left out: {", ".join(other)}'] if other else []
    return gather(where, category, schema, pictures, instances, notes)


def write_sleap(path: str | os.PathLike, labels: Labels, *, overwrite: bool = False) -> list[str]:
    """Write an analysis CSV; the frame number of a picture is its place in the labels.

    Columns are in the order of SLEAP's own files, scores are empty: nobody predicted these.

    Returns:
        A note for each thing that the format does not hold.

    Raises:
        LandmarkError: The file exists, or the disk refuses.
    """
    check_output(path, overwrite=overwrite)
    names = labels.schema.keypoints
    rows = [[*_FIXED, *(f'{name}.{part}' for name in names for part in ('x', 'y', 'score'))]]
    for row in np.argsort(labels.pictures, kind='stable').tolist():
        cells = [[spelled(x), spelled(y), ''] for x, y in labels.points[row].tolist()]
        fixed = [labels.tracks[row] or '', str(labels.pictures[row]), '']
        rows.append(fixed + [cell for point in cells for cell in point])
    write_bytes(path, csv_bytes(rows))
    empty = len(set(range(len(labels.files))) - set(labels.pictures.tolist()))
    return [
        *lost(labels, hidden=True, boxes=True, sizes=True, links=True, category=True),
        f'{len(labels.files)} names of pictures are written as frame numbers, in their order',
        *([f'{empty} pictures without instances are not written'] if empty else []),
    ]


def _one_video(head: list[str], body: list[list[str]], where: str) -> None:
    # frames of two videos have the same numbers: they would be the same pictures
    for column in set(_VIDEO) & set(head):
        found = sorted({row[head.index(column)] for row in body})
        if len(found) > 1:
            raise LandmarkError(
                f'{where}: has frames of {len(found)} videos ({found[0]}, {found[1]}); expected '
                'the rows of one'
            )


def _frame(cell: str, number: int, where: str) -> int:
    if not cell.isdecimal():
        raise LandmarkError(f'{where}: row {number}: frame_idx is {cell!r:.40}; expected a number')
    return int(cell)
