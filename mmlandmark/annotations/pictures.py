"""Opening pictures: their size and their pixels, as training sees them, or a clear error.

Training reads pictures through OpenCV's colour mode (MMCV's default), so everything here follows
it: the EXIF orientation is applied, greyscale becomes three equal channels, an alpha channel is
dropped (not blended), 16 bits are reduced to their upper 8.
"""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from mmlandmark.errors import LandmarkError

PICTURE_ENDINGS = ('.jpg', '.jpeg', '.png', '.bmp', '.webp', '.tif', '.tiff')
_UNKNOWN = f'not a picture that can be read; expected one of {", ".join(PICTURE_ENDINGS)}'
_TOO_LARGE = 'the picture is too large to be read'
_JPEG = ('JPEG', 'MPO')
_ORIENTATION = 0x0112
_TURNED = (5, 6, 7, 8)  # EXIF orientations that swap width and height
# What Pillow raises for damaged files, depending on the format.
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error)


def picture_size(path: str | os.PathLike, *, whole: bool = False) -> tuple[int, int]:
    """Return width and height of a picture in pixels, EXIF orientation applied.

    Only the header is read, save for turned pictures of formats other than JPEG: whether OpenCV
    turns them depends on its version, so they are decoded.

    Args:
        path: The file.
        whole: Decode the picture, so that a truncated or damaged one is an error.

    Raises:
        LandmarkError: The file is missing, empty or not a picture; the message names it.
    """
    path = Path(path)
    if whole:
        height, width = read_picture(path).shape[:2]
        return width, height
    try:
        with path.open('rb') as file, Image.open(file) as picture:
            size, kind = picture.size, picture.format
            turned = picture.getexif().get(_ORIENTATION) in _TURNED
    except (*_DAMAGE, Image.DecompressionBombError) as error:
        raise LandmarkError(f'{path}: {_reason(path, error)}') from None
    if turned and kind not in _JPEG:
        return picture_size(path, whole=True)
    return (size[1], size[0]) if turned else size


def read_picture(source: str | os.PathLike | bytes, *, name: str = 'picture') -> np.ndarray:
    """Return a picture as (H, W, 3) uint8, channels blue, green, red.

    Args:
        source: A path, or the content of a picture file.
        name: What messages call a picture that is given as content.

    Raises:
        LandmarkError: The file is missing, empty, not a picture, or truncated (decoders return
            such a picture grey or black from some row on); the message names it.
    """
    if isinstance(source, bytes):
        content = source
    else:
        name = str(source)
        try:
            content = Path(source).read_bytes()
        except OSError as error:
            raise LandmarkError(f'{name}: cannot be read: {error.strerror or error}') from None
    if not content:
        raise LandmarkError(f'{name}: the file is empty; expected a picture')
    _check_whole(content, name)
    try:
        picture = cv2.imdecode(np.frombuffer(content, dtype=np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        picture = None
    if picture is None:
        raise LandmarkError(f'{name}: cannot be decoded: truncated, or a kind OpenCV does not read')
    return picture


def _check_whole(content: bytes, name: str) -> None:
    """Raise unless all of a picture is there.

    OpenCV says nothing of some truncated pictures, depending on format and version, and of others
    only that there is no picture.
    """
    try:
        with Image.open(io.BytesIO(content)) as picture:
            if picture.format in _JPEG:
                # All of the data is still parsed, at an eighth of the resolution.
                picture.draft(None, (picture.width // 8, picture.height // 8))
            picture.load()
    except Image.UnidentifiedImageError:
        raise LandmarkError(f'{name}: {_UNKNOWN}') from None
    except Image.DecompressionBombError:
        raise LandmarkError(f'{name}: {_TOO_LARGE}') from None
    except _DAMAGE as error:
        raise LandmarkError(f'{name}: damaged or truncated: {_short(error)}') from None


def _reason(path: Path, error: Exception) -> str:
    if isinstance(error, Image.UnidentifiedImageError):
        empty = path.stat().st_size == 0
        return 'the file is empty; expected a picture' if empty else _UNKNOWN
    if isinstance(error, Image.DecompressionBombError):
        return _TOO_LARGE
    if isinstance(error, OSError) and error.errno is not None:
        return f'cannot be read: {error.strerror}'
    return f'damaged or truncated: {_short(error)}'


def _short(error: Exception) -> str:
    return ' '.join(str(error).split())[:80] or type(error).__name__
