"""Strict JSON in and out, whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from mmlandmark.errors import LandmarkError


def read_json_object(path: str | Path) -> dict[str, Any]:
    """Return the JSON object that a file holds.

    Raises:
        LandmarkError: The file cannot be read, is not strict JSON, or holds no object.
    """

    def refuse(constant: str) -> Any:
        raise ValueError(f'{constant} is not a JSON number')

    try:
        content = json.loads(Path(path).read_text(encoding='utf-8'), parse_constant=refuse)
    except (OSError, ValueError) as error:
        raise LandmarkError(f'{path}: cannot be read as JSON: {error}') from error
    if not isinstance(content, dict):
        raise LandmarkError(f'{path}: expected a JSON object, found {type(content).__name__}')
    return content


def write_json_object(path: str | Path, content: dict[str, Any], overwrite: bool = False) -> None:
    """Write a JSON object by a temporary file and a rename: never half a file.

    Raises:
        LandmarkError: The file exists and ``overwrite`` is False.
    """
    path = Path(path)
    if path.exists() and not overwrite:
        raise LandmarkError(f'{path}: exists already; pass overwrite=True to replace it')
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + '\n'
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f'.{path.name}.')
    try:
        with os.fdopen(handle, 'w', encoding='utf-8') as file:
            file.write(text)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)  # of any new file; mkstemp makes private ones
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
