"""From arrays back to the lists that COCO files hold, without Python per keypoint."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import orjson

# Stand for v = 0, 1, 2 among the floats of a row, where no pixel can be; written as integers.
_MARKS = np.array([3e300, 1e300, 2e300])
_MARK_TEXTS = [orjson.dumps(float(mark)) for mark in _MARKS]
_CHUNK = 4096


def coco_lists(points: np.ndarray, visible: np.ndarray, decimals: int = 3) -> list[list]:
    """Return one flat list x, y, v, x, y, v, ... per instance.

    Args:
        points: (N, K, 2) pixels.
        visible: (N, K) COCO v, written as integers.
        decimals: Digits kept of a pixel.
    """
    count, keypoints = visible.shape
    rounded = np.round(points, decimals) + 0.0  # no -0.0
    flat: list = [None] * (3 * visible.size)
    flat[0::3] = rounded[..., 0].ravel().tolist()
    flat[1::3] = rounded[..., 1].ravel().tolist()
    flat[2::3] = visible.ravel().tolist()
    width = 3 * keypoints
    return [flat[start : start + width] for start in range(0, count * width, width)]


def coco_fragments(points: np.ndarray, visible: np.ndarray, decimals: int = 3) -> list:
    """Return what ``coco_lists`` returns, as JSON that ``orjson`` takes over into its output.

    Several times faster than lists, for a file that is to be written.

    Args:
        points: (N, K, 2) pixels.
        visible: (N, K) COCO v.
        decimals: Digits kept of a pixel.
    """
    if points.size == 0 or np.abs(points).max() >= _MARKS.min():
        return coco_lists(points, visible, decimals)
    fragments: list[orjson.Fragment] = []
    for start in range(0, len(points), _CHUNK):
        part = slice(start, start + _CHUNK)
        rows = np.empty((*visible[part].shape, 3))
        rows[..., :2] = np.round(points[part], decimals) + 0.0
        rows[..., 2] = _MARKS[visible[part]]
        text = orjson.dumps(rows.reshape(len(rows), -1), option=orjson.OPT_SERIALIZE_NUMPY)
        for v, mark in enumerate(_MARK_TEXTS):
            text = text.replace(mark, b'%d' % v)
        fragments += [orjson.Fragment(b'[' + row + b']') for row in text[2:-2].split(b'],[')]
    return fragments


def name_lists(chosen: np.ndarray, names: Sequence[str]) -> list[tuple[int, list[str]]]:
    """Return (row, names of the chosen columns) for every row that has any.

    Args:
        chosen: (N, K) bool.
        names: The K names.
    """
    rows = np.flatnonzero(chosen.any(axis=1))
    # There are few different patterns, so each is spelled out once.
    patterns, pattern_of_row = np.unique(chosen[rows], axis=0, return_inverse=True)
    listed = [[name for name, on in zip(names, row, strict=True) if on] for row in patterns]
    return [
        (row, list(listed[pattern]))
        for row, pattern in zip(rows.tolist(), pattern_of_row.ravel().tolist(), strict=True)
    ]
