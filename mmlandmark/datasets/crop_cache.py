"""Regions around boxes, kept on disk, from which any crop of an augmented box is cut."""

from __future__ import annotations

import hashlib
import os
import struct
import time
import zlib
from collections import Counter

import cv2
import numpy as np
from mmengine.logging import print_log

from mmlandmark.datasets.crop_store import CropStore
from mmlandmark.datasets.picture_parts import PicturePart
from mmlandmark.errors import LandmarkError

#: Seconds for which a changed file is not cached: it could change again within one tick of the
#: file system's clock, and nothing but its content would tell.
FRESH = 2.0
_VERSION = 1
# checksum of the rest; key; sizes of the picture and of the part; factor; coded or not; shift
_HEAD = struct.Struct('<I32s5I?2d')


class CropCache:
    """Parts of pictures by file and rectangle, in a folder of bounded size.

    Args:
        folder: Of the cache; several runs and pipelines may share it.
        max_gb: Its size in 10^9 bytes.
        quality: None keeps pixels as they are; 1 to 100 keeps them as a JPEG of that quality,
            several times smaller, which changes them a little.

    Attributes:
        counts: Of this process: ``found``, ``made``, ``made anew`` (damaged entries) and ``fresh``
            (files that changed a moment ago); ``store.counts`` has what became of those made.

    Raises:
        LandmarkError: An option makes no sense or the folder cannot be written to.
    """

    def __init__(
        self, folder: str | os.PathLike, max_gb: float = 10.0, quality: int | None = None
    ) -> None:
        if quality is not None and (type(quality) is not int or not 1 <= quality <= 100):
            raise LandmarkError(f'{folder}: quality is {quality!r}; expected None or 1 to 100')
        if isinstance(max_gb, bool) or not isinstance(max_gb, int | float):
            raise LandmarkError(f'{folder}: max_gb is {max_gb!r}; expected a number above 0')
        self.store = CropStore(folder, max_gb * 1e9)
        self.quality = quality
        self.counts: Counter[str] = Counter()

    def file_mark(self, path: str) -> str | None:
        """Return what changes whenever the file does, None where it is no local file.

        These are device, inode, size and the times of the last change of content and of the
        inode. The system sets the latter on each write, rename and touch, and no program can
        set it back, so a picture is not read to know whether it is the same. (Windows gives the
        time of creation instead.)
        """
        try:
            stat = os.stat(path)
        except (OSError, ValueError):
            return None
        marks = (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
        return ' '.join(map(str, marks))

    def content_mark(self, content: bytes) -> str:
        """Return what stands for a picture that is no local file."""
        return hashlib.sha256(content).hexdigest()

    def key(self, mark: str, low: np.ndarray, high: np.ndarray, factor: int) -> str:
        """Return the name of what is kept of a rectangle."""
        rectangle = [int(value) for value in (*np.floor(low), *np.ceil(high))]
        parts = (_VERSION, cv2.__version__, mark, rectangle, factor, self.quality)
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def get(self, key: str) -> PicturePart | None:
        """Return a part, None where it is absent or damaged; the latter is told."""
        content = self.store.get(key)
        if content is None:
            return None
        part = _unpacked(key, content)
        if part is None:
            self.counts['made anew'] += 1
            count = self.counts['made anew']
            if str(count).strip('0') == '1':  # 1, 10, 100 ...
                print_log(
                    f'{self.store.folder}: crop {key} is damaged and is made anew; {count} so far '
                    'in this process',
                    'current',
                    level=30,
                )
            return None
        self.counts['found'] += 1
        return part

    def put(self, key: str, part: PicturePart, path: str | None, mark: str) -> PicturePart:
        """Keep a part; return it as it will be found.

        Args:
            key: Its name.
            part: What is kept.
            path: The file that had ``mark`` before it was read; None where the mark is that
                of the content, which cannot have changed.
            mark: Of the picture.
        """
        self.counts['made'] += 1
        payload = part.pixels.tobytes()
        if self.quality is not None:
            options = [cv2.IMWRITE_JPEG_QUALITY, self.quality]
            payload = cv2.imencode('.jpg', part.pixels, options)[1].tobytes()
        content = _packed(key, part, payload, self.quality is not None)
        if path is not None and self._is_fresh(path):
            self.counts['fresh'] += 1
        elif path is None or self.file_mark(path) == mark:
            self.store.put(key, content)
        return part if self.quality is None else _unpacked(key, content)

    def _is_fresh(self, path: str) -> bool:
        try:
            return time.time() - os.stat(path).st_ctime < FRESH
        except (OSError, ValueError):
            return False


def _packed(key: str, part: PicturePart, payload: bytes, coded: bool) -> bytes:
    height, width = part.pixels.shape[:2]
    numbers = (*part.size, width, height, part.factor, coded, *part.shift)
    head = _HEAD.pack(0, bytes.fromhex(key), *numbers)[4:]
    checksum = zlib.crc32(payload, zlib.crc32(head))
    return b''.join((struct.pack('<I', checksum), head, payload))


def _unpacked(key: str, content: bytes) -> PicturePart | None:
    """Return what ``_packed`` was given, None unless it is that to the last byte."""
    view = memoryview(content)
    if len(view) < _HEAD.size or zlib.crc32(view[4:]) != struct.unpack_from('<I', view)[0]:
        return None
    _, digest, *size, width, height, factor, coded, x, y = _HEAD.unpack_from(view)
    if digest != bytes.fromhex(key):
        return None
    pixels = np.frombuffer(view[_HEAD.size :], dtype=np.uint8)
    if coded:
        pixels = cv2.imdecode(pixels, cv2.IMREAD_COLOR)
    if pixels is None or pixels.size != width * height * 3:
        return None
    return PicturePart(pixels.reshape(height, width, 3), tuple(size), factor, (x, y))
