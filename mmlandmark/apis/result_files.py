"""Files of results, looked at before any picture is."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from mmlandmark.annotations.writer import check_output
from mmlandmark.errors import LandmarkError


def check_result_files(
    files: Mapping[str, str | os.PathLike | None],
    is_input: Callable[[Path], bool],
    overwrite: bool = False,
) -> None:
    """Look whether results can be written.

    Args:
        files: What is written -> where, or None.
        is_input: Whether a file is one of the pictures.
        overwrite: Files that exist may be replaced, but no picture.

    Raises:
        LandmarkError: A file cannot be written, is a picture, or is to hold two kinds of results.
    """
    given = {name: path for name, path in files.items() if path is not None}
    checked = [check_output(path, overwrite=overwrite).resolve() for path in given.values()]
    for path in checked:
        if is_input(path):
            raise LandmarkError(f'{path}: would replace the picture of that name')
    if len(set(checked)) < len(checked):
        raise LandmarkError(f'{checked[0]}: {" and ".join(given)} are one file; expected two')
