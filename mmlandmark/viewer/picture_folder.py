"""The pictures of a COCO file, and nothing else of the disk."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path

import cv2
from PIL import Image, ImageOps

from mmlandmark.annotations.pictures import picture_size, read_picture
from mmlandmark.errors import LandmarkError

# What every browser shows as it is, with the orientation that OpenCV gives it.
_SHOWN = {'JPEG': 'image/jpeg', 'MPO': 'image/jpeg', 'PNG': 'image/png', 'WEBP': 'image/webp'}


class PictureFolder:
    """The pictures that the images of a file name, below one folder.

    Args:
        root: The folder that file names are relative to.
        images: The ``images`` of a COCO file.

    Raises:
        LandmarkError: There is no such folder.
    """

    def __init__(self, root: str | os.PathLike, images: Sequence[dict]) -> None:
        if not Path(root).is_dir():
            raise LandmarkError(f'{root}: there is no such folder of pictures')
        self.root = Path(root).resolve()
        self.names = [image.get('file_name') for image in images]

    def path(self, index: int) -> Path:
        """Return where a picture lies.

        Raises:
            LandmarkError: It has no file name, is not there, or lies outside the folder, links
                followed.
        """
        name = self.names[index]
        if not isinstance(name, str) or not name or '\0' in name:
            raise LandmarkError(f'image number {index + 1} of the list has no file_name')
        try:
            path = (self.root / name).resolve()
        except (OSError, RuntimeError) as error:  # links in a ring
            raise LandmarkError(f'{name}: cannot be followed: {error}') from None
        if not path.is_relative_to(self.root):
            raise LandmarkError(f'{name}: refused: it lies outside the picture folder {self.root}')
        try:
            found = path.is_file()
        except OSError as error:  # as a name that is too long
            raise LandmarkError(f'{name}: cannot be opened: {error.strerror or error}') from None
        if not found:
            raise LandmarkError(f'{name}: not found in {self.root}')
        return path

    def size(self, index: int) -> tuple[int, int]:
        """Return width and height of a picture.

        Raises:
            LandmarkError: As ``path``, or the file is no picture.
        """
        return picture_size(self.path(index))

    def content(self, index: int) -> tuple[bytes, str]:
        """Return a picture as a browser shows it: its bytes and their media type.

        The type is told by the content, so that nothing but a picture ever reaches the page; kinds
        that browsers do not show are made PNG.

        Raises:
            LandmarkError: As ``size``.
        """
        path = self.path(index)
        try:
            content = path.read_bytes()
        except OSError as error:
            reason = error.strerror or error
            raise LandmarkError(f'{self.names[index]}: cannot be read: {reason}') from None
        try:
            with Image.open(io.BytesIO(content)) as picture:
                kind = picture.format
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            kind = None
        if kind in _SHOWN:
            return content, _SHOWN[kind]
        _, encoded = cv2.imencode('.png', read_picture(content, name=str(self.names[index])))
        return encoded.tobytes(), 'image/png'

    def thumbnail(self, index: int, side: int) -> bytes:
        """Return a small JPEG of a picture, neither side longer than ``side``.

        Raises:
            LandmarkError: As ``size``, or the picture is damaged.
        """
        path = self.path(index)
        try:
            with Image.open(path) as picture:
                picture.draft('RGB', (2 * side, 2 * side))
                small = ImageOps.exif_transpose(picture).convert('RGB')
                small.thumbnail((side, side))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            raise LandmarkError(f'{self.names[index]}: not a picture that can be read') from None
        written = io.BytesIO()
        small.save(written, 'JPEG', quality=80)
        return written.getvalue()
