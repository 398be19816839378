"""The raw releases of DogFLW and CatFLW: label files and pictures, every defect by name.

DogFLW comes as ``{train,test}/{images,labels}``, CatFLW as ``images`` and ``labels``; each picture
has one label file of the same name.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np

from mmlandmark.annotations.face_labels import read_face_label
from mmlandmark.annotations.face_layout import Layout, find_layouts
from mmlandmark.annotations.face_pictures import picture_sizes, pictures_of
from mmlandmark.annotations.release_problems import (
    NO_POINT,
    UNREADABLE_LABEL,
    WRONG_COUNT,
    Problem,
    Problems,
)
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import KeypointSchema, get_schema

_SCHEMA_OF_COUNT = {46: 'dogflw46', 48: 'catflw48'}


@dataclass(frozen=True)
class RawFaces:
    """The N readable labels of a release, as they are.

    Attributes:
        root: The folder of the release.
        schema: The schema of the points.
        files: Label files relative to the root, sorted within each part.
        pictures: Picture files relative to the root; None where there is none.
        parts: ``train`` or ``test``, the official part of each face; '' in a flat release.
        points: (N, K, 2) float64 pixels; NaN where not a number.
        boxes: (N, 4) float64 x1, y1, x2, y2; NaN where malformed.
        sizes: (N, 2) int64 width and height of the pictures; -1 where unknown.
        kept: (N,) bool, faces with a point, and with a picture where the release has pictures.
        problems: What was wrong, with files that gave no face as well.
    """

    root: Path
    schema: KeypointSchema
    files: list[str]
    pictures: list[str | None]
    parts: list[str]
    points: np.ndarray
    boxes: np.ndarray
    sizes: np.ndarray
    kept: np.ndarray
    problems: list[Problem]

    def __len__(self) -> int:
        return len(self.files)

    @property
    def stems(self) -> list[str]:
        """Names of the label files without folder and ending."""
        return [PurePosixPath(file).stem for file in self.files]

    @property
    def visible(self) -> np.ndarray:
        """(N, K) uint8: 2 where a point is labelled, else 0."""
        return np.where(np.isfinite(self.points).all(axis=2), 2, 0).astype(np.uint8)


def read_face_release(
    root: str | os.PathLike,
    schema: str | KeypointSchema | None = None,
    *,
    sizes: Mapping[str, tuple[int, int]] | None = None,
    strict: bool = False,
) -> RawFaces:
    """Read all labels of a raw release and look at all of its pictures.

    A release without a single picture is read as labels only; otherwise a label without a
    readable picture is a problem, and its face is not kept.

    Args:
        root: Folder of the release.
        schema: Schema of the points; by their number, 46 (``dogflw46``) or 48 (``catflw48``),
            where None.
        sizes: Width and height by name without ending, for labels without a picture.
        strict: The first problem is an error.

    Raises:
        LandmarkError: No such folders, no usable label, or, where ``strict``, any problem.
    """
    root = Path(root)
    layouts = find_layouts(root)
    problems = Problems(strict)
    labels = _read_labels(root, layouts, problems)
    if labels:
        known_schema = _schema_of(labels) if schema is None else get_schema(schema)
        labels = _of_count(labels, known_schema, problems)
    if not labels:
        raise LandmarkError(f'{root}: no label that can be used; {_first(problems)}')
    files = list(labels)
    pictures = pictures_of(
        root, layouts, {file: label.layout for file, label in labels.items()}, problems
    )
    labels_only = not any(layout.picture_files() for layout in layouts)
    known, usable = picture_sizes(root, files, pictures, sizes or {}, labels_only, problems)
    points = np.stack([label.points for label in labels.values()])
    without = ~np.isfinite(points).any(axis=(1, 2))
    for row in np.flatnonzero(without):
        problems.add(files[row], NO_POINT)
    if not (usable & ~without).any():
        raise LandmarkError(f'{root}: no face that can be used; {_first(problems)}')
    return RawFaces(
        root=root,
        schema=known_schema,
        files=files,
        pictures=pictures,
        parts=[label.layout.part for label in labels.values()],
        points=points,
        boxes=np.stack([label.box for label in labels.values()]),
        sizes=known,
        kept=usable & ~without,
        problems=sorted(problems, key=lambda problem: problem.file),
    )


class _Label(NamedTuple):
    layout: Layout
    points: np.ndarray
    box: np.ndarray


def _read_labels(root: Path, layouts: Iterable[Layout], problems: Problems) -> dict[str, _Label]:
    labels = {}
    for layout in layouts:
        for path in layout.label_files():
            file = path.relative_to(root).as_posix()
            try:
                labels[file] = _Label(layout, *read_face_label(path))
            except LandmarkError as error:
                problems.add(file, UNREADABLE_LABEL, str(error))
    return labels


def _schema_of(labels: Mapping[str, _Label]) -> KeypointSchema:
    counts = Counter(len(label.points) for label in labels.values())
    known = [count for count, _ in counts.most_common() if count in _SCHEMA_OF_COUNT]
    if not known:
        file, label = next(iter(labels.items()))
        expected = ' or '.join(f'{n} ({name})' for n, name in _SCHEMA_OF_COUNT.items())
        raise LandmarkError(f'{file}: has {len(label.points)} points; expected {expected}')
    return get_schema(_SCHEMA_OF_COUNT[known[0]])


def _of_count(
    labels: Mapping[str, _Label], schema: KeypointSchema, problems: Problems
) -> dict[str, _Label]:
    expected = schema.num_keypoints
    for file, label in labels.items():
        if len(label.points) != expected:
            detail = f'{len(label.points)}; expected {expected} of schema {schema.name!r}'
            problems.add(file, WRONG_COUNT, detail)
    return {file: label for file, label in labels.items() if len(label.points) == expected}


def _first(problems: Sequence[Problem]) -> str:
    return f'{len(problems)} problems, the first is {problems[0]}' if problems else 'none is there'
