"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from mmlandmark.annotations.collection import paused_gc
from mmlandmark.errors import LandmarkError


def check_output(path: str | os.PathLike, *, overwrite: bool = False) -> Path:
    """Return the path of a file to be written, before any work is spent on it.

    Raises:
        LandmarkError: The file exists and may not be overwritten, is a folder, or its folder does
            not exist or is read-only.
    """
    path = Path(path)
    if path.is_dir():
        raise LandmarkError(f'{path}: is a folder; expected the name of a file to write')
    if path.exists() and not overwrite:
        raise LandmarkError(f'{path}: exists; not written without overwrite')
    if not path.parent.is_dir():
        raise LandmarkError(f'{path}: the folder {path.parent} does not exist')
    if not os.access(path.parent, os.W_OK):
        raise LandmarkError(f'{path}: the folder {path.parent} cannot be written to')
    return path


def write_json(path: str | os.PathLike, obj: Any, *, overwrite: bool = False) -> None:
    """Write a JSON file by way of a temporary file beside it.

    Args:
        path: The file.
        obj: Plain dicts, lists, texts and numbers; numpy arrays are written as lists.
        overwrite: Replace a file that exists.

    Raises:
        LandmarkError: The file exists and ``overwrite`` is not set, ``obj`` cannot be JSON, or the
            disk refuses; an old file is then as it was and no temporary file is left.
    """
    path = check_output(path, overwrite=overwrite)
    try:
        with paused_gc():
            content = orjson.dumps(obj, option=orjson.OPT_SERIALIZE_NUMPY)
    except TypeError as error:
        raise LandmarkError(f'{path}: cannot be written as JSON: {error}') from None
    write_bytes(path, content)


def write_bytes(path: str | os.PathLike, content: bytes) -> None:
    """Replace a file by ``content``, whole or not at all.

    Raises:
        LandmarkError: The disk refuses; an old file is then as it was.
    """
    path = Path(path)
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f'.{path.name}.', dir=path.parent)
        with os.fdopen(handle, 'wb') as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes private files; the result gets the rights of any new file.
        os.chmod(temporary, _new_file_mode())
        os.replace(temporary, path)
    except OSError as error:
        raise LandmarkError(
            f'{path}: cannot be written: {error.strerror or error}; nothing was changed'
        ) from None
    finally:
        if temporary is not None:
            with suppress(FileNotFoundError):
                os.unlink(temporary)


def _new_file_mode() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
