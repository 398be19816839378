"""One label file of DogFLW or CatFLW: its points and its box, in any of the spellings in use."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from mmlandmark.errors import LandmarkError

POINT_KEYS = ('labels', 'landmarks')
BOX_KEYS = ('bounding_boxes', 'bbox')
_SEPARATORS = re.compile(r'[\s,;\[\]()]+')


def read_face_label(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read a label file.

    The points stand under ``labels`` or ``landmarks``, the box under ``bounding_boxes`` or
    ``bbox``; numbers may be written as texts. The files hold NaN, which strict JSON has not.

    Args:
        path: The file.

    Returns:
        Points (K, 2) float64 in pixels, NaN where a point is NaN, infinite or null, and the box
        (4,) float64 x1, y1, x2, y2, NaN where it is missing or not four finite numbers.

    Raises:
        LandmarkError: What is wrong, without the name of the file: it cannot be read, is not JSON,
            or has no list of x, y pairs.
    """
    content = _parse(path)
    if not isinstance(content, dict):
        raise LandmarkError(f'holds a {type(content).__name__}; expected an object')
    key = next((key for key in POINT_KEYS if key in content), None)
    if key is None:
        raise LandmarkError(f'has none of {", ".join(POINT_KEYS)}')
    box = next((content[key] for key in BOX_KEYS if key in content), None)
    return _points(content[key], key), _box(box)


def _parse(path: Path) -> Any:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise LandmarkError(f'cannot be read: {error.strerror or error}') from None
    if not content.strip():
        raise LandmarkError('the file is empty; expected JSON')
    try:
        # Python's own parser reads NaN; it fails with a RecursionError on endless nesting.
        return json.loads(content.decode('utf-8-sig'))
    except (ValueError, RecursionError) as error:
        raise LandmarkError(f'not JSON: {" ".join(str(error).split())}') from None


def _points(value: Any, key: str) -> np.ndarray:
    if not isinstance(value, list):
        raise LandmarkError(f'{key!r} is a {type(value).__name__}; expected a list of points')
    points = np.full((len(value), 2), np.nan)
    for index, point in enumerate(value):
        if point is None:
            continue
        if not isinstance(point, list) or len(point) != 2:
            raise LandmarkError(f'{key!r}: point {index} is {point!r:.40}; expected x and y')
        try:
            x, y = (np.nan if number is None else _number(number) for number in point)
        except (TypeError, ValueError, OverflowError):
            raise LandmarkError(
                f'{key!r}: point {index} is {point!r:.40}; expected two numbers'
            ) from None
        # Half of a point is no point.
        if np.isfinite(x) and np.isfinite(y):
            points[index] = x, y
    return points


def _box(value: Any) -> np.ndarray:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, str):
        value = [part for part in _SEPARATORS.split(value) if part]
    box = np.full(4, np.nan)
    if isinstance(value, list) and len(value) == 4:
        try:
            numbers = [_number(number) for number in value]
        except (TypeError, ValueError, OverflowError):
            return box
        if np.isfinite(numbers).all():
            box[:] = numbers
    return box


def _number(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError('a truth value is not a coordinate')
    return float(value)
