"""Folders that a tool writes to, looked at before any work is spent."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from mmlandmark.annotations.writer import check_output
from mmlandmark.errors import LandmarkError


def check_output_folder(
    folder: str | os.PathLike, names: Iterable[str] | None = None, *, overwrite: bool = False
) -> Path:
    """Return the path of a folder that may be written to; it is not made yet.

    Args:
        folder: The folder; it need not exist.
        names: Files that will be written there; None: any.
        overwrite: Replace files that are there.

    Raises:
        LandmarkError: It is a file; one of the files is there, or any if ``names`` is None, and
            may not be overwritten; it cannot be made or written to.
    """
    folder = Path(folder)
    if folder.is_dir():
        if names is None and not overwrite and any(folder.iterdir()):
            raise LandmarkError(f'{folder}: is not empty; nothing written without overwrite')
        for name in names or ():
            check_output(folder / name, overwrite=overwrite)
    above = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not above.is_dir():
        wrong = 'is a file' if above == folder else f'{above} is a file'
        raise LandmarkError(f'{folder}: {wrong}; expected a folder to write to')
    if not os.access(above, os.W_OK):
        raise LandmarkError(f'{folder}: the folder {above} cannot be written to')
    return folder


def make_folder(folder: str | os.PathLike) -> Path:
    """Make a folder and those above it, where they are not there.

    Raises:
        LandmarkError: The disk refuses, or something else is in the way.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LandmarkError(f'{folder}: cannot be made: {error.strerror or error}') from None
    return folder
