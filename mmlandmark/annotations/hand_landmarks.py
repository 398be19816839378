"""One landmark file of a hand: its points, the picture's size as it says, and which hand it is."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mmlandmark.annotations.audit_values import is_number
from mmlandmark.annotations.json_file import read_json
from mmlandmark.errors import LandmarkError

SIDES = ('left', 'right')
#: Shares beyond are none: points of a hand at the border lie outside, but not by many pictures.
_FARTHEST = 10.0


@dataclass(frozen=True)
class HandLandmarks:
    """What one landmark file says.

    Attributes:
        points: (K, 3) float64: x / width, y / height, and z in about the unit of x, 0 at the wrist
            and smaller nearer to the camera; z is NaN in a file without z.
        size: Width and height of the picture by the file's own account; None where it has none.
        handedness: ``left`` or ``right``, as the file says; None where it does not.
        score: The confidence of that, 0 to 1; NaN where it has none.
    """

    points: np.ndarray
    size: tuple[int, int] | None
    handedness: str | None
    score: float


def read_hand_landmarks(path: str | os.PathLike, keypoints: Sequence[str]) -> HandLandmarks:
    """Read a landmark file: ``landmarks`` [{x, y, z}, ...], ``image_shape`` and ``handedness``.

    ``z`` may be absent, at all points or at none. The file's own ``image_path`` is not looked at.

    Args:
        path: The file.
        keypoints: The names of the points, in order.

    Raises:
        LandmarkError: Not JSON, a key missing, another number of points, or a value that is not a
            finite number or no share of the picture (pixels); one line that names file and
            keypoint.
    """
    path = Path(path)
    content = read_json(path)
    if not isinstance(content, dict):
        raise LandmarkError(f'{path}: holds a {type(content).__name__}; expected an object')
    rows = content.get('landmarks')
    if not isinstance(rows, list):
        raise LandmarkError(f"{path}: has no list 'landmarks'")
    if len(rows) != len(keypoints):
        raise LandmarkError(f'{path}: has {len(rows)} points; expected {len(keypoints)}')
    flat = not any(isinstance(row, dict) and 'z' in row for row in rows)
    points = np.full((len(rows), 3), np.nan)
    for row, (name, point) in enumerate(zip(keypoints, rows, strict=True)):
        for column, axis in enumerate('xy' if flat else 'xyz'):
            points[row, column] = _coordinate(point, axis, f'{path}: {name}')
    handedness, score = _handedness(content.get('handedness'), path)
    return HandLandmarks(points, _size(content.get('image_shape'), path), handedness, score)


def _coordinate(point: Any, axis: str, where: str) -> float:
    if not isinstance(point, dict):
        raise LandmarkError(f'{where} is {point!r:.40}; expected an object with x, y and z')
    if axis not in point:
        hint = ' (other points have one)' if axis == 'z' else ''
        raise LandmarkError(f'{where} has no {axis}{hint}')
    value = point[axis]
    if not is_number(value):
        raise LandmarkError(f'{where}: {axis} is {value!r:.40}; expected a finite number')
    if abs(value) > _FARTHEST:
        raise LandmarkError(
            f'{where}: {axis} is {value:g}; expected a share of the picture, not pixels'
        )
    return float(value)


def _size(shape: Any, path: Path) -> tuple[int, int] | None:
    if shape is None:
        return None
    sides = shape[:2] if isinstance(shape, list) else []
    if len(sides) != 2 or any(type(side) is not int or side <= 0 for side in sides):
        raise LandmarkError(
            f"{path}: 'image_shape' is {shape!r:.40}; expected [height, width, channels]"
        )
    return sides[1], sides[0]


def _handedness(value: Any, path: Path) -> tuple[str | None, float]:
    if value is None:
        return None, float('nan')
    label = value.get('label') if isinstance(value, dict) else None
    side = label.lower() if isinstance(label, str) else None
    if side not in SIDES:
        raise LandmarkError(
            f"{path}: 'handedness' is {value!r:.60}; expected null or a label Left or Right with "
            'a score'
        )
    score = value.get('score')
    if not (score is None or is_number(score)):
        raise LandmarkError(
            f"{path}: the score of 'handedness' is {score!r:.40}; expected a number"
        )
    return side, float('nan') if score is None else float(score)
