"""Parts of pictures at reduced size, with the way from the picture's coordinates to theirs."""

from __future__ import annotations

import io
import math
import struct
from dataclasses import dataclass, replace

import cv2
import numpy as np
from PIL import Image

FACTORS = (8, 4, 2, 1)
"""By how much a JPEG may be reduced, the most first; its decoder leaves out what is not needed."""
_FLAGS = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}
_ORIENTATION = 0x0112
_TURNED = (5, 6, 7, 8)  # EXIF orientations that swap width and height
# Those where x (or y) of what is shown runs against an axis of what the file holds
_MIRRORED = ((2, 3, 6, 7), (3, 4, 7, 8))
_AXES = {'horizontal': (0,), 'vertical': (1,), 'diagonal': (0, 1)}
_UNKNOWN = (OSError, SyntaxError, ValueError, EOFError, struct.error)


@dataclass(frozen=True)
class JpegHeader:
    """Size and orientation of a JPEG.

    Attributes:
        size: Width and height as it is shown, EXIF orientation applied.
        orientation: As EXIF numbers it; 1 where it says nothing.
    """

    size: tuple[int, int]
    orientation: int


def read_jpeg_header(content: bytes) -> JpegHeader | None:
    """Return what the header of a JPEG says, or None for anything else, damaged headers too."""
    if content[:2] != b'\xff\xd8':
        return None
    try:
        with Image.open(io.BytesIO(content)) as picture:
            if picture.format not in ('JPEG', 'MPO'):
                return None
            size, orientation = picture.size, picture.getexif().get(_ORIENTATION, 1)
    except (*_UNKNOWN, Image.DecompressionBombError):
        return None
    if orientation not in range(1, 9):
        orientation = 1
    return JpegHeader(size[::-1] if orientation in _TURNED else size, orientation)


def allowed_factor(pixels_per_input_pixel: float, oversampling: float = 1.0) -> int:
    """Return the largest factor that leaves a crop enough pixels.

    Args:
        pixels_per_input_pixel: How many pixels of the picture, along a side, become one of the
            model's input.
        oversampling: How many pixels of the reduced picture there must be for it at least.
    """
    return next((f for f in FACTORS if f * oversampling <= pixels_per_input_pixel * (1 + 1e-6)), 1)


@dataclass(frozen=True)
class PicturePart:
    """A rectangle of a picture, maybe reduced.

    A point at ``x`` of the picture, the centre of a pixel at a whole number, is at
    ``x / factor + shift`` of the part.

    Attributes:
        pixels: (h, w, 3) uint8, blue, green, red.
        size: Width and height of the whole picture.
        factor: How many of its pixels, along a side, are one of the part.
        shift: Along x and y.
    """

    pixels: np.ndarray
    size: tuple[int, int]
    factor: int = 1
    shift: tuple[float, float] = (0.0, 0.0)

    @property
    def is_whole(self) -> bool:
        """Whether it is the picture itself, neither cut nor reduced."""
        return self.pixels.shape[1::-1] == self.size and self.factor == 1

    def map_points(self, points: np.ndarray) -> np.ndarray:
        """Return points (..., 2) of the picture in pixels of the part."""
        mapped = np.asarray(points, dtype=np.float64) / self.factor + np.array(self.shift)
        return mapped.astype(np.asarray(points).dtype)

    def flip(self, direction: str) -> PicturePart:
        """Return the part of the mirrored picture: ``horizontal``, ``vertical`` or ``diagonal``."""
        pixels, shift = self.pixels, list(self.shift)
        for axis in _AXES[direction]:
            pixels = np.flip(pixels, axis=1 - axis)
            last = pixels.shape[1 - axis] - 1
            shift[axis] = last - (self.size[axis] - 1) / self.factor - shift[axis]
        return replace(self, pixels=pixels, shift=tuple(shift))

    def cut(self, low: np.ndarray, high: np.ndarray) -> PicturePart:
        """Return what lies between two points (2,) of the picture, whole pixels of the part."""
        start = np.floor(np.asarray(low) / self.factor + self.shift).astype(int)
        stop = np.ceil(np.asarray(high) / self.factor + self.shift).astype(int) + 1
        last = np.array(self.pixels.shape[1::-1])
        start = np.clip(start, 0, last - 1)
        stop = np.clip(stop, start + 1, last)
        pixels = self.pixels[start[1] : stop[1], start[0] : stop[0]]
        shift = tuple((np.array(self.shift) - start).tolist())
        return replace(self, pixels=pixels, shift=shift)

    def covers(self, low: np.ndarray, high: np.ndarray) -> bool:
        """Whether all of the picture between two points (2,) is in the part."""
        edge = np.array(self.size) - 0.5
        first = (-0.5 - np.array(self.shift)) * self.factor
        last = (np.array(self.pixels.shape[1::-1]) - 0.5 - self.shift) * self.factor
        slack = 1e-6
        return bool(
            (first <= np.clip(low, -0.5, edge) + slack).all()
            and (last >= np.clip(high, -0.5, edge) - slack).all()
        )


def decode_jpeg(content: bytes, header: JpegHeader, factor: int) -> PicturePart | None:
    """Decode a JPEG at reduced size; what is shown is turned as EXIF says.

    Args:
        content: Of the file.
        header: Its header.
        factor: One of ``FACTORS``.

    Returns:
        The whole picture, or None where it cannot be decoded as its header says.
    """
    width, height = header.size
    try:
        pixels = cv2.imdecode(np.frombuffer(content, dtype=np.uint8), _FLAGS[factor])
    except cv2.error:
        return None
    # A last pixel may stand for less than a whole block of the picture.
    expected = (math.ceil(height / factor), math.ceil(width / factor), 3)
    if pixels is None or pixels.shape != expected:
        return None
    shift = []
    for axis, length in enumerate(header.size):
        first = -length % factor if header.orientation in _MIRRORED[axis] else 0
        shift.append((0.5 + first) / factor - 0.5)
    return PicturePart(pixels, header.size, factor, tuple(shift))
