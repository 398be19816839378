"""From arrays back to the lists that COCO files hold, without Python per keypoint."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import orjson

_CHUNK = 4096
_WHOLE = 10_000  # coordinates below this are spelled out by table
_SPACE, _MINUS, _COMMA, _LINE, _ZERO = b' -,\n0'
_NUMBER = [('sign', 'u1'), ('whole', 'u4'), ('fraction', 'u4'), ('end', 'u1')]
_POINT = np.dtype(
    [(f'{axis}_{name}', kind) for axis in 'xy' for name, kind in _NUMBER]
    + [('v', 'u1'), ('end', 'u1')]
)


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
        points: (N, K, 2) pixels, finite.
        visible: (N, K) COCO v.
        decimals: Digits kept of a pixel.
    """
    fragments: list = []
    for start in range(0, len(points), _CHUNK):
        part = slice(start, start + _CHUNK)
        chunk = points[part]
        if 1 <= decimals <= 3 and chunk.size and np.abs(chunk).max() < _WHOLE - 1:
            rows = _spell(chunk, visible[part], decimals).split(bytes([_LINE]))[:-1]
            fragments += [orjson.Fragment(b'[' + row + b']') for row in rows]
        else:
            fragments += coco_lists(chunk, visible[part], decimals)
    return fragments


def _spell(points: np.ndarray, visible: np.ndarray, decimals: int) -> bytes:
    """The rows as text, each ended by a line break: fields of fixed width, blanks removed."""
    whole, fraction = _tables(decimals)
    text = np.empty(visible.shape, dtype=_POINT)
    for axis, name in enumerate('xy'):
        steps = np.rint(points[..., axis] * 10.0**decimals).astype(np.int32)
        size = np.abs(steps)
        before = size // 10**decimals
        text[f'{name}_sign'] = np.where(steps < 0, _MINUS, _SPACE)
        text[f'{name}_whole'] = whole[before]
        text[f'{name}_fraction'] = fraction[size - before * 10**decimals]
        text[f'{name}_end'] = _COMMA
    text['v'] = visible + _ZERO
    text['end'] = _COMMA
    text['end'][:, -1] = _LINE
    return text.tobytes().translate(None, bytes([_SPACE]))


@lru_cache(maxsize=3)
def _tables(decimals: int) -> tuple[np.ndarray, np.ndarray]:
    """Four characters for each of 0 to 9999, and for each fraction without trailing zeros."""
    whole = [f'{number:4d}' for number in range(_WHOLE)]
    digits = [f'{number:0{decimals}d}'.rstrip('0') or '0' for number in range(10**decimals)]
    fraction = [f'.{text:<3}' for text in digits]
    spelt = [np.frombuffer(''.join(text).encode(), dtype='u4') for text in (whole, fraction)]
    return spelt[0], spelt[1]


def name_lists(chosen: np.ndarray, names: Sequence[str]) -> list[tuple[int, list[str]]]:
    """Return (row, names of the chosen columns) for every row that has any.

    Args:
        chosen: (N, K) bool.
        names: The K names.
    """
    rows = np.flatnonzero(chosen.any(axis=1))
    # There are few different patterns, so each is spelled out once.
    packed = np.packbits(chosen[rows], axis=1)
    raw, width = packed.tobytes(), packed.shape[1]
    patterns = [raw[start : start + width] for start in range(0, len(raw), width)]
    listed = {
        pattern: [name for name, on in zip(names, chosen[row], strict=True) if on]
        for pattern, row in dict(zip(patterns, rows.tolist(), strict=True)).items()
    }
    return [
        (row, list(listed[pattern])) for row, pattern in zip(rows.tolist(), patterns, strict=True)
    ]
