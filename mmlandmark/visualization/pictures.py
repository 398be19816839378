"""Pictures on disk that annotations refer to."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from mmlandmark.errors import LandmarkError


class PictureFolders:
    """Looks for pictures by file name, and keeps count of those that are not there.

    Args:
        folders: Folders that file names are relative to, in the order in which they are tried.
    """

    def __init__(self, folders: Sequence[str | os.PathLike]) -> None:
        self.folders = tuple(Path(folder) for folder in folders)
        self.missing: list[str] = []

    @classmethod
    def beside(cls, ann_file: str | os.PathLike) -> PictureFolders:
        """Look where pictures usually lie: beside an annotation file, or in ``images`` there."""
        folder = Path(ann_file).parent
        return cls([folder / 'images', folder])

    def read(self, file_name: str | None) -> np.ndarray | None:
        """Return a picture (H, W, 3) uint8 BGR, or None, counted in ``missing``."""
        for folder in self.folders if file_name else ():
            path = folder / file_name  # asked for first: OpenCV warns of every file it misses
            picture = cv2.imread(str(path), cv2.IMREAD_COLOR) if path.is_file() else None
            if picture is not None:
                return picture
        self.missing.append(str(file_name))
        return None

    def summary(self, drawn: int) -> str:
        """Say how many of the drawn pictures had no picture beneath."""
        if not self.missing:
            return f'{drawn} pictures'
        places = ' or '.join(str(folder) for folder in self.folders)
        return (
            f'{drawn} pictures, {len(self.missing)} of them on a blank canvas: not found in '
            f'{places}, the first is {self.missing[0]}'
        )


def write_picture(path: str | os.PathLike, picture: np.ndarray) -> None:
    """Write a picture; the ending of the name is the format.

    Raises:
        LandmarkError: The disk or the format refuses.
    """
    try:
        written = cv2.imwrite(str(path), picture, [cv2.IMWRITE_JPEG_QUALITY, 88])
    except cv2.error:
        written = False
    if not written:
        raise LandmarkError(f'{path}: the picture cannot be written')
