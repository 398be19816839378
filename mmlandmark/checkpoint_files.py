"""Files that are given as checkpoints and cannot be any, told from damaged ones."""

from __future__ import annotations

from pathlib import Path

from mmlandmark.errors import LandmarkError

_STARTS = (b'PK', b'\x80')  # of a ZIP, and of the pickles that torch wrote before


def check_kind(path: Path, expected: str = 'a checkpoint') -> None:
    """Look at the first bytes of a file.

    Args:
        path: An existing file.
        expected: What should be there, for the message.

    Raises:
        LandmarkError: It is empty, such as a config or annotations, or cannot be read.
    """
    try:
        with path.open('rb') as file:
            start = file.read(4)
    except OSError as error:
        raise LandmarkError(f'{path}: cannot be read: {error.strerror or error}') from None
    if not start.startswith(_STARTS):
        found = 'a file of another kind' if start else 'an empty file'
        raise LandmarkError(f'{path}: is {found}; expected {expected}')
