"""Strict reading of JSON files, with errors that say what is wrong and where."""

from __future__ import annotations

import json
import math
import os
import re
from pathlib import Path
from typing import Any

import orjson

from mmlandmark.annotations.collection import paused_gc
from mmlandmark.errors import LandmarkError

_NON_FINITE = re.compile(rb'NaN|-?Infinity')


def read_json(path: str | os.PathLike) -> Any:
    """Parse a JSON file.

    Args:
        path: The file.

    Returns:
        What the file holds.

    Raises:
        LandmarkError: The file is missing, empty, truncated, not JSON, or holds NaN or an infinite
            number; the message names the file and the place.
    """
    path = Path(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise LandmarkError(f'{path}: cannot be read: {error.strerror or error}') from None
    if not raw.strip():
        raise LandmarkError(f'{path}: the file is empty; expected JSON')
    try:
        with paused_gc():
            return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise LandmarkError(f'{path}: {_explain(raw, error)}') from None


def _explain(raw: bytes, error: orjson.JSONDecodeError) -> str:
    place = f'line {error.lineno}, column {error.colno}'
    near = raw[max(error.pos - 1, 0) : error.pos + 9]
    if _NON_FINITE.search(near) or 'infinity' in error.msg:
        return _explain_non_finite(raw, place)
    if 'unexpected end' in error.msg or error.pos >= len(raw.rstrip()):
        return f'the file ends too early ({place}): it is truncated'
    return f'not valid JSON at {place}: {error.msg}'


def _explain_non_finite(raw: bytes, place: str) -> str:
    # The lenient parser reads what the strict one refuses, only to say which entry it is.
    try:
        found = _first_non_finite(json.loads(raw), '')
    except (ValueError, RecursionError):
        found = None
    where = f'{found} at {place}' if found else f'a value that is not a finite number at {place}'
    return f'{where}; every number must be finite'


def _first_non_finite(value: Any, path: str) -> str | None:
    if isinstance(value, float):
        return None if math.isfinite(value) else f'{path.lstrip(".")} is {value}'
    if isinstance(value, dict):
        items = [(f'{path}.{key}', item) for key, item in value.items()]
    elif isinstance(value, list):
        items = [(f'{path}[{i}]{_entry_id(item)}', item) for i, item in enumerate(value)]
    else:
        return None
    return next((hit for where, item in items if (hit := _first_non_finite(item, where))), None)


def _entry_id(item: Any) -> str:
    return f' (id {item["id"]})' if isinstance(item, dict) and 'id' in item else ''
