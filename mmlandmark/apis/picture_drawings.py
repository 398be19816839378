"""A folder of drawings, one for each picture that was looked at."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path, PurePath

import numpy as np

from mmlandmark.annotations.pictures import PICTURE_ENDINGS
from mmlandmark.errors import LandmarkError
from mmlandmark.visualization.pictures import write_picture


class PictureDrawings:
    """Writes one drawing for each picture, under the picture's own name.

    Args:
        folder: Made if it is not there; its parent must be.
        overwrite: Write into a folder that holds something already.
        is_input: Says of a path whether it is one of the pictures being read, which no drawing
            may replace.

    Raises:
        LandmarkError: It is a file, has no parent, or holds something and may not be written to.
    """

    def __init__(
        self,
        folder: str | os.PathLike,
        *,
        overwrite: bool = False,
        is_input: Callable[[Path], bool] = lambda path: False,
    ) -> None:
        self.folder, self._is_input = Path(folder), is_input
        if self.folder.exists() and not self.folder.is_dir():
            raise LandmarkError(f'{folder}: is a file; expected a folder for the drawings')
        if not self.folder.parent.is_dir():
            raise LandmarkError(f'{folder}: the folder {self.folder.parent} does not exist')
        if self.folder.is_dir() and any(self.folder.iterdir()) and not overwrite:
            raise LandmarkError(f'{folder}: is not empty; not written to without overwrite')
        self._names: set[PurePath] = set()

    def write(self, name: str, drawn: np.ndarray) -> Path:
        """Write the drawing (H, W, 3) uint8 BGR of a picture of some name; return the file.

        Raises:
            LandmarkError: It would replace a picture that is read, or the disk refuses.
        """
        path = self.folder / self._free_name(name)
        if self._is_input(path):
            raise LandmarkError(f'{path}: the drawing would replace the picture it is made from')
        path.parent.mkdir(parents=True, exist_ok=True)
        write_picture(path, drawn)
        return path

    def _free_name(self, name: str) -> PurePath:
        """The path in the folder: no other picture's, and never outside of it."""
        path = PurePath(name)
        if path.is_absolute() or '..' in path.parts:
            path = PurePath(path.name)
        if path.suffix.lower() not in PICTURE_ENDINGS:  # a frame or an array
            path = path.with_name(f'{path.name.replace("#", "_").replace(" ", "_")}.jpg')
        free, number = path, 1
        while free in self._names:
            number += 1
            free = path.with_name(f'{path.stem}_{number}{path.suffix}')
        self._names.add(free)
        return free
