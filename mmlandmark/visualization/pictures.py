"""Pictures on disk that annotations refer to."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from mmlandmark.annotations.pictures import read_picture
from mmlandmark.annotations.writer import write_bytes
from mmlandmark.errors import LandmarkError


class PictureFolders:
    """Looks for pictures by file name, and keeps count of those that are missing or damaged.

    Args:
        folders: Folders that file names are relative to, in the order in which they are tried.
    """

    def __init__(self, folders: Sequence[str | os.PathLike]) -> None:
        self.folders = tuple(Path(folder) for folder in folders)
        self.missing: list[str] = []
        self.unnamed = 0
        self.unreadable: list[str] = []

    @classmethod
    def beside(cls, ann_file: str | os.PathLike) -> PictureFolders:
        """Look where pictures usually lie: beside an annotation file, or in ``images`` there."""
        folder = Path(ann_file).parent
        return cls([folder / 'images', folder])

    def read(self, file_name: str | None) -> np.ndarray | None:
        """Return a picture (H, W, 3) uint8 BGR.

        None where there is no file, which ``missing`` counts, or where it is damaged, truncated or
        no picture: ``unreadable`` says why. ``unnamed`` counts those without a file name.
        """
        if not file_name:
            self.unnamed += 1
            return None
        for folder in self.folders:
            if (folder / file_name).is_file():
                try:
                    return read_picture(folder / file_name)
                except LandmarkError as error:
                    self.unreadable.append(str(error))
                    return None
        self.missing.append(file_name)
        return None

    def summary(self, drawn: int) -> str:
        """Say how many of the drawn pictures had no picture beneath, and why."""
        blank = len(self.missing) + len(self.unreadable) + self.unnamed
        if not blank:
            return f'{drawn} pictures'
        places = ' or '.join(str(folder) for folder in self.folders)
        reasons = [
            f'{len(found)} {what}, the first is {found[0]}'
            for what, found in (
                (f'not found in {places}', self.missing),
                ('cannot be read', self.unreadable),
            )
            if found
        ]
        reasons += [f'{self.unnamed} without a file name'] if self.unnamed else []
        return f'{drawn} pictures, {blank} of them on a blank canvas: {"; ".join(reasons)}'


def write_picture(path: str | os.PathLike, picture: np.ndarray) -> None:
    """Write a picture, whole or not at all; the ending of the name is the format.

    Raises:
        LandmarkError: The disk or the format refuses.
    """
    try:
        done, content = cv2.imencode(Path(path).suffix, picture, [cv2.IMWRITE_JPEG_QUALITY, 88])
    except cv2.error:
        done = False
    if not done:
        raise LandmarkError(
            f'{path}: the picture cannot be written; expected a name that ends in .png or .jpg'
        )
    write_bytes(path, content.tobytes())
