"""Boxes of faces that a user gives: arrays, or a file that names the pictures."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any

import numpy as np

from mmlandmark.annotations.arrays import box_rows
from mmlandmark.annotations.json_file import read_json
from mmlandmark.annotations.reader import read_coco
from mmlandmark.errors import LandmarkError

BoxInput = str | os.PathLike | Mapping[str, Any] | Sequence[Any] | np.ndarray


class GivenBoxes:
    """The boxes of each picture, by its place or by its name.

    Args:
        bboxes: Boxes x1, y1, x2, y2 in pixels: (N, 4) or (4,) for a single picture; a sequence of
            such, one a picture; a mapping from the names of pictures; or the path of a JSON file
            that holds such a mapping, or of a COCO file, whose ``bbox`` are x, y, width, height.
            Names are paths, which may lack folders at their start where the rest is enough.
        single: Whether the input is one picture.

    Raises:
        LandmarkError: A file that cannot be read, or boxes that are not four numbers each.
    """

    def __init__(self, bboxes: BoxInput, *, single: bool = False) -> None:
        self._by_name: dict[str, np.ndarray] | None = None
        self._in_order: list[np.ndarray] = []
        if isinstance(bboxes, (str, os.PathLike)):
            self._by_name = read_boxes(bboxes)
        elif isinstance(bboxes, Mapping):
            self._by_name = {str(name): box_array(b, str(name)) for name, b in bboxes.items()}
        else:
            pictures = [bboxes] if single else bboxes
            self._in_order = [box_array(b, f'picture {n}') for n, b in enumerate(pictures)]
        self._by_end = _by_last_part(self._by_name or {})
        self._used: set[str] = set()
        self._asked = 0

    def of(self, name: str) -> tuple[np.ndarray, str]:
        """Return the boxes (N, 4) of the next picture and, if none are stated for it, the problem.

        Raises:
            LandmarkError: There are more pictures than entries of boxes.
        """
        number, self._asked = self._asked, self._asked + 1
        if self._by_name is not None:
            key = self._key(name)
            if key is None:
                return np.empty((0, 4)), f'{name}: no boxes were given for this picture'
            self._used.add(key)
            return self._by_name[key], ''
        if number >= len(self._in_order):
            raise LandmarkError(
                f'{name}: boxes were given for {len(self._in_order)} pictures, and this is picture '
                f'{number + 1}; expected one entry of boxes for each picture'
            )
        return self._in_order[number], ''

    def _key(self, name: str) -> str | None:
        """Return the entry of a picture; paths may start in different folders if the end is one."""
        ends = _ends(name)
        found = next((end for end in ends if end in self._by_name), None)
        if found is not None:
            return found
        longer = [key for key in self._by_end.get(ends[-1], ()) if ends[0] in _ends(key)]
        return longer[0] if len(longer) == 1 else None

    def unused(self) -> list[str]:
        """Return the names, or places, with boxes that no picture asked for."""
        if self._by_name is not None:
            return [name for name in self._by_name if name not in self._used]
        return [f'picture {number}' for number in range(self._asked, len(self._in_order))]


def _ends(name: str) -> list[str]:
    """Return a path without its first 0, 1, ... folders."""
    parts = PurePath(name).as_posix().split('/')
    return ['/'.join(parts[start:]) for start in range(len(parts))]


def _by_last_part(names: Iterable[str]) -> dict[str, list[str]]:
    places: dict[str, list[str]] = {}
    for name in names:
        places.setdefault(_ends(name)[-1], []).append(name)
    return places


def read_boxes(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """Return the boxes of a JSON file by picture: ``{name: [[x1, y1, x2, y2], ...]}`` or COCO.

    Raises:
        LandmarkError: It is neither, or a box is not four numbers.
    """
    content = read_json(path)
    if not isinstance(content, dict):
        raise LandmarkError(
            f'{path}: holds a {type(content).__name__}; expected a COCO file or '
            '{"picture": [[x1, y1, x2, y2], ...], ...}'
        )
    if not isinstance(content.get('images'), list):
        return {name: box_array(boxes, f'{path}: {name}') for name, boxes in content.items()}
    read_coco(content, name=str(path))
    chosen = [a for a in content['annotations'] if not a.get('iscrowd')]
    boxes = box_rows([a.get('bbox') for a in chosen], [a['id'] for a in chosen], where=str(path))
    names = {image['id']: image.get('file_name') for image in content['images']}
    if None in names.values():
        raise LandmarkError(f"{path}: an image has no 'file_name', by which boxes are looked up")
    rows: dict[int, list[int]] = {id_: [] for id_ in names}
    for row, annotation in enumerate(chosen):
        rows[annotation['image_id']].append(row)
    # An empty list says "no face here"; an annotation without a box is told like a wrong box.
    return {names[id_]: boxes[members].reshape(-1, 4) for id_, members in rows.items()}


def box_array(boxes: Any, where: str) -> np.ndarray:
    """Return boxes as (N, 4) float64.

    Raises:
        LandmarkError: They are not rows of four numbers; names ``where``.
    """
    try:
        array = np.asarray(boxes, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.empty(1)
    if array.size == 0 and array.ndim <= 2:
        return np.empty((0, 4))
    array = array[None] if array.ndim == 1 else array
    if array.ndim != 2 or array.shape[1] != 4:
        raise LandmarkError(
            f'{where}: boxes are {boxes!r:.60}; expected rows of four numbers x1, y1, x2, y2'
        )
    return array


def box_problems(boxes: np.ndarray, size: Sequence[int]) -> list[str]:
    """Say of each box why no face can be in it, or nothing.

    Args:
        boxes: (N, 4) x1, y1, x2, y2, pixels.
        size: Width and height of the picture.

    Returns:
        N texts, empty where a box is good: finite, with an area, and partly inside the picture.
    """
    width, height = size
    with np.errstate(invalid='ignore'):
        finite = np.isfinite(boxes).all(axis=1)
        empty = (boxes[:, 2:] <= boxes[:, :2]).any(axis=1)
        outside = (boxes[:, :2] >= (width, height)).any(axis=1) | (boxes[:, 2:] <= 0).any(axis=1)
    reasons = np.select(
        [~finite, empty, outside],
        ['is not four finite numbers', 'has no area', f'is outside the picture ({width}x{height})'],
        default='',
    )
    return [
        f'box {number} {box.tolist()} {reason}' if reason else ''
        for number, (box, reason) in enumerate(zip(boxes, reasons.tolist(), strict=True))
    ]
