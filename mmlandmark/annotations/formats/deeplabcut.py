"""DeepLabCut's CSV of labelled frames: scorer, (individuals,) bodyparts, coords."""

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

_SINGLE = ('scorer', 'bodyparts', 'coords')
_MULTI = ('scorer', 'individuals', 'bodyparts', 'coords')
_FOLDER = 'labeled-data'
_SCORE = 'likelihood'


def read_deeplabcut(
    path: str | os.PathLike, *, schema: KeypointSchema | None = None, category: str | None = None
) -> Labels:
    """Read ``CollectedData_*.csv``, of one animal or of several.

    Names of pictures in one column or in three (folder, video, file) are read; empty cells and NaN
    are points that are not labelled.

    Args:
        path: The CSV.
        schema: The schema that the bodyparts belong to; by default they are one.
        category: What an animal is called; by default as the schema or the file.

    Raises:
        LandmarkError: Anything in the file that is not as it should be.
    """
    rows, where = read_csv(path), str(path)
    levels = _MULTI if len(rows) > 1 and rows[1][0] == 'individuals' else _SINGLE
    if [row[0] for row in rows[: len(levels)]] != list(levels):
        raise LandmarkError(f'{where}: does not begin with the rows {", ".join(levels)}')
    header, body = rows[: len(levels)], rows[len(levels) :]
    first = 3 if header[-1][:3] == ['coords', '', ''] else 1
    columns, scores = _columns(header, first, where)
    names = list(dict.fromkeys(keypoint for _, keypoint in columns))
    category = category or category_name(path, schema)
    schema = schema_for(names, schema, where=where, category=category, all_=True)
    pictures, instances = [], []
    for row in body:
        file = '/'.join(row[:first])
        pictures.append((file, 0, 0))
        found: dict[str, dict[str, tuple[float, float, int]]] = {}
        for (individual, keypoint), (x, y) in columns.items():
            place = pair(row[x], row[y], f'{where}: picture {file}: {individual} {keypoint}')
            if place is not None:
                found.setdefault(individual, {})[keypoint] = (*place, SEEN)
        instances += [
            Instance(len(pictures) - 1, points, track=individual or None)
            for individual, points in found.items()
        ]
    notes = [f'{scores} columns {_SCORE!r} are left out'] if scores else []
    return gather(where, category, schema, pictures, instances, notes)


def write_deeplabcut(
    path: str | os.PathLike,
    labels: Labels,
    *,
    scorer: str = 'mmlandmark',
    individuals: bool | None = None,
    overwrite: bool = False,
) -> list[str]:
    """Write the CSV of a DeepLabCut project; its file is called ``CollectedData_SCORER.csv``.

    Args:
        path: The file.
        labels: The instances.
        scorer: Who labelled, as in the project's ``config.yaml``.
        individuals: Write the layout of several animals; None: only where a picture has several or
            where they have names. Animals without names are ``individual1`` and so on, in their
            order within a picture, which need not be the same animals in other pictures.
        overwrite: Replace a file that exists.

    Returns:
        A note for each thing that the format does not hold.

    Raises:
        LandmarkError: A picture has several animals and ``individuals`` is False, or two of one
            name; the file exists, or the disk refuses.
    """
    check_output(path, overwrite=overwrite)
    members = labels.per_picture()
    most = max((len(rows) for rows in members), default=0)
    named = bool(len(labels)) and all(labels.tracks)
    if individuals is None:
        individuals = most > 1 or named
    if not individuals and most > 1:
        at = labels.files[next(i for i, rows in enumerate(members) if len(rows) > 1)]
        raise LandmarkError(f'{labels.name}: picture {at} has several instances; expected one')
    tracks = (
        list(dict.fromkeys(map(str, labels.tracks)))
        if named
        else [f'individual{i + 1}' for i in range(most)]
    )
    tracks = tracks if individuals else ['']
    keys = [(track, name) for track in tracks for name in labels.schema.keypoints]
    out = [['scorer', *[scorer] * (2 * len(keys))]]
    if individuals:
        out.append(['individuals', *(track for track, _ in keys for _ in 'xy')])
    out.append(['bodyparts', *(name for _, name in keys for _ in 'xy')])
    out.append(['coords', *('x', 'y') * len(keys)])
    for file, rows in zip(labels.files, members, strict=True):
        cells = np.full((len(tracks), labels.schema.num_keypoints, 2), np.nan)
        for order, row in enumerate(rows):
            place = tracks.index(str(labels.tracks[row])) if named and individuals else order
            if not np.isnan(cells[place]).all():
                raise LandmarkError(
                    f'{labels.name}: picture {file} has two instances of {tracks[place]!r}'
                )
            cells[place] = labels.points[row]
        out.append([file, *map(spelled, cells.ravel().tolist())])
    write_bytes(path, csv_bytes(out))
    notes = lost(labels, hidden=True, boxes=True, sizes=True, links=True, category=True)
    names = sum(track is not None for track in labels.tracks)
    if names and not (named and individuals):
        notes.append(f'{names} names of individuals are not written')
    elsewhere = sum(not _in_project(file) for file in labels.files)
    if elsewhere:
        notes.append(
            f'{elsewhere} names of pictures are not {_FOLDER}/VIDEO/FILE, as DeepLabCut wants them'
        )
    empty = int((labels.visible == 0).all(axis=1).sum())
    return notes + ([f'{empty} instances without a labelled keypoint are lost'] if empty else [])


def _columns(
    header: list[list[str]], first: int, where: str
) -> tuple[dict[tuple[str, str], tuple[int, int]], int]:
    """The columns x and y of each (individual, keypoint), and how many hold scores."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for column in range(first, len(header[0])):
        _, *individual, keypoint, coordinate = (row[column] for row in header)
        key = (individual[0] if individual else '', keypoint)
        if coordinate not in ('x', 'y', _SCORE) or coordinate in found.setdefault(key, {}):
            raise LandmarkError(
                f'{where}: column {column + 1}: {" ".join(key).strip()} {coordinate!r}; expected '
                'x and y once each'
            )
        found[key][coordinate] = column
    for (animal, keypoint), of in found.items():
        if 'x' not in of or 'y' not in of:
            raise LandmarkError(f'{where}: {animal} {keypoint} lacks a column x or y')
    scores = sum(_SCORE in of for of in found.values())
    return {key: (of['x'], of['y']) for key, of in found.items()}, scores


def _in_project(file: str) -> bool:
    parts = file.split('/')
    return len(parts) == 3 and parts[0] == _FOLDER
