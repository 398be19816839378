"""From the lists of parsed annotations to arrays, without Python per keypoint."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

from mmlandmark.errors import LandmarkError


def number_rows(rows: Sequence[Any], width: int) -> np.ndarray | None:
    """Return the (N, width) float64 array of ``rows``, or None if a row is not ``width`` numbers.

    Args:
        rows: One flat list of numbers per annotation.
        width: The length that every list must have.
    """
    out = np.empty((len(rows), width), dtype=np.float64)
    if not rows:
        return out
    if set(map(type, rows)) != {list}:
        return None
    # Faster than numpy's own conversions, and unlike them it refuses texts and None.
    pack = struct.Struct(f'{width}d').pack_into
    buffer = out.data.cast('B')
    try:
        for start, row in enumerate(rows):
            pack(buffer, start * width * 8, *row)
    except (struct.error, OverflowError):
        return None
    return out


def keypoint_rows(
    rows: Sequence[Any],
    keypoints: Sequence[str],
    ids: Sequence[int],
    *,
    where: str,
    field: str,
    expected: str,
) -> np.ndarray:
    """Return COCO keypoint lists as a checked (N, K, 3) float64 array of x, y, v.

    Args:
        rows: One list of 3 K numbers per annotation.
        keypoints: The K names, in the order of the lists.
        ids: Annotation ids, for messages.
        where: File name, for messages.
        field: The annotation field, for messages.
        expected: What the lists should hold, for messages.

    Raises:
        LandmarkError: A list of another length, a value that is not a finite number, or a
            visibility other than 0, 1, 2; the message names file, annotation and keypoint.
    """
    width = 3 * len(keypoints)
    values = number_rows(rows, width)
    if values is None:
        row, id_ = next(
            (row, id_) for row, id_ in zip(rows, ids, strict=True) if not _is_row(row, width)
        )
        problem = _explain_row(row, keypoints, expected)
        raise LandmarkError(f'{where}: annotation {id_}: {field!r} {problem}')
    values = values.reshape(len(rows), len(keypoints), 3)
    _check_values(values, keypoints, ids, f'{where}: annotation', field)
    return values


def box_rows(
    rows: Sequence[Any], ids: Sequence[int], *, where: str, field: str = 'bbox'
) -> np.ndarray:
    """Return COCO boxes (x, y, width, height) as an (N, 4) xyxy float64 array.

    Args:
        rows: One ``bbox`` per annotation; None where there is none.
        ids: Annotation ids, for messages.
        where: File name, for messages.
        field: The annotation field, for messages.

    Returns:
        Corners x1, y1, x2, y2 in pixels; a row of NaN where there is no box.

    Raises:
        LandmarkError: A box that is not four finite numbers, or of negative size.
    """
    present = np.fromiter((row is not None for row in rows), dtype=bool, count=len(rows))
    given = [row for row in rows if row is not None]
    values = number_rows(given, 4)
    if values is None:
        row, id_ = next(
            (row, id_)
            for row, id_ in zip(rows, ids, strict=True)
            if row is not None and not _is_row(row, 4)
        )
        raise LandmarkError(
            f'{where}: annotation {id_}: {field!r} is {_short(row)}; expected [x, y, width, height]'
        )
    bad = ~np.isfinite(values).all(axis=1) | (values[:, 2:] < 0).any(axis=1)
    if bad.any():
        id_ = np.asarray(ids)[present][np.argmax(bad)]
        raise LandmarkError(
            f'{where}: annotation {id_}: {field!r} is {_short(given[int(np.argmax(bad))])}; '
            'expected four finite numbers and no negative size'
        )
    boxes = np.full((len(rows), 4), np.nan)
    values[:, 2:] += values[:, :2]
    boxes[present] = values
    return boxes


def _is_row(row: Any, width: int) -> bool:
    return (
        isinstance(row, list)
        and len(row) == width
        and all(isinstance(value, (int, float)) and abs(value) < 1e308 for value in row)
    )


def _check_values(
    values: np.ndarray, keypoints: Sequence[str], ids: Sequence[int], entry: str, field: str
) -> None:
    # A sum is finite only if every term is: one pass, no temporary mask on the usual path.
    if not math.isfinite(float(values.sum())):
        bad = ~np.isfinite(values)
        if bad.any():
            row, point, _ = map(int, np.unravel_index(int(np.argmax(bad)), bad.shape))
            raise LandmarkError(
                f'{entry} {ids[row]}: {field!r}: {keypoints[point]} is '
                f'{values[row, point].tolist()}; expected finite numbers'
            )
    visible = values[..., 2]
    bad = (visible != 0) & (visible != 1) & (visible != 2)
    if bad.any():
        row, point = map(int, np.unravel_index(int(np.argmax(bad)), bad.shape))
        raise LandmarkError(
            f'{entry} {ids[row]}: {field!r}: the visibility of {keypoints[point]} is '
            f'{visible[row, point]:g}; expected 0, 1 or 2'
        )


def _explain_row(row: Any, keypoints: Sequence[str], expected: str) -> str:
    if not isinstance(row, list):
        return f'is {_short(row)}; expected {expected} as a flat list'
    if row and all(isinstance(item, list) for item in row):
        return (
            f'is nested: {len(row)} lists such as {_short(row[0])}; expected {expected} as one '
            'flat list [x, y, v, x, y, v, ...]'
        )
    for index, value in enumerate(row):
        if not isinstance(value, (int, float)):
            name = keypoints[index // 3] if index // 3 < len(keypoints) else f'item {index}'
            return f'holds {_short(value)} at {name}; expected a number'
    if len(row) != 3 * len(keypoints):
        points = f'{len(row) // 3} keypoints' if len(row) % 3 == 0 else 'not a multiple of three'
        return f'has {len(row)} numbers ({points}); expected {expected}'
    return 'holds a number too large for a coordinate'


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + '...'
