"""The one folder that the viewer may write to."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from mmlandmark.annotations.writer import check_output
from mmlandmark.errors import LandmarkError

_NAME = re.compile(r'[^\\/:*?"<>|\x00-\x1f\ud800-\udfff]{1,200}\.json')
_LONGEST = 240  # bytes of a name; a file system takes 255, and the temporary file is longer


class FileExists(LandmarkError):
    """The file is there already, and replacing it was not confirmed."""


class OutputFolder:
    """A folder that the user has named on the command line.

    Args:
        folder: It exists.
        inputs: Files that are never replaced, confirmed or not.

    Raises:
        LandmarkError: There is no such folder.
    """

    def __init__(self, folder: str | os.PathLike, inputs: Iterable[Path] = ()) -> None:
        if not Path(folder).is_dir():
            raise LandmarkError(f'{folder}: there is no such folder to write to')
        self.folder = Path(folder).resolve()
        self._inputs = {path.resolve() for path in inputs}

    def path(self, name: str, *, overwrite: bool) -> Path:
        """Return where a file may be written.

        Args:
            name: A plain file name that ends in ``.json``.
            overwrite: Whether replacing a file was confirmed.

        Raises:
            FileExists: It would replace a file, unconfirmed.
            LandmarkError: No plain name, or a file that is being looked at.
        """
        if not _NAME.fullmatch(name) or name.startswith('.'):
            raise LandmarkError(f'{name!r:.80}: expected a plain file name that ends in .json')
        if len(name.encode()) > _LONGEST:
            raise LandmarkError(f'{name!r:.80}: the file name is too long')
        path = self.folder / name
        if path.resolve() in self._inputs:
            raise LandmarkError(f'{name}: is one of the files being viewed; choose another name')
        if path.exists() and not path.is_dir() and not overwrite:
            raise FileExists(f'{name} exists already in {self.folder}')
        return check_output(path, overwrite=overwrite)
