"""Opening pictures without decoding more of them than a crop shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from mmcv.image import imfrombytes
from mmengine import fileio

from mmlandmark.datasets.crop_cache import CropCache
from mmlandmark.datasets.crop_reach import Reach
from mmlandmark.datasets.picture_parts import (
    JpegHeader,
    PicturePart,
    allowed_factor,
    decode_jpeg,
    read_jpeg_header,
)
from mmlandmark.errors import LandmarkError


@dataclass
class CropSource:
    """A picture of which not all is decoded.

    Attributes:
        path: Of its file.
        size: Width and height as it is shown.
        content: Of the file, None as long as it has not been read.
        header: Of a JPEG, once it is known.
        region: The surroundings of a box, as they are cached.
    """

    path: str
    size: tuple[int, int]
    content: bytes | None = None
    header: JpegHeader | None = None
    region: PicturePart | None = None


class CropOpener:
    """Opens pictures, reduced as far as a crop allows.

    Args:
        reduce: Whether JPEGs may be reduced.
        oversampling: How many pixels, along a side, the reduced picture has at least for one of
            the crop.
        cache: Keeps what surrounds boxes.
        backend_args: Of the storage, as ``LoadImage`` has them.

    Attributes:
        counts: Of this process: ``reduced by 1`` to ``8``, and ``outside the region``.
    """

    def __init__(
        self,
        reduce: bool,
        oversampling: float,
        cache: CropCache | None,
        backend_args: Mapping[str, Any] | None,
    ) -> None:
        self.reduce, self.oversampling = reduce, oversampling
        self.cache, self.backend_args = cache, backend_args
        self._is_local = not backend_args or dict(backend_args) == {'backend': 'local'}
        self.counts: Counter[str] = Counter()

    def open(self, path: str, around: Reach | None) -> CropSource | None:
        """Return a picture.

        Args:
            path: Of its file.
            around: What crops of the box can show, which is cached where there is a cache.

        Returns:
            None for what cannot be read, and without a cache for all but JPEGs.
        """
        if self.cache is not None and around is not None:
            return self._open_region(path, around)
        content = self._read(path)
        header = None if content is None else read_jpeg_header(content)
        return None if header is None else CropSource(path, header.size, content, header)

    def part(self, source: CropSource, reach: Reach, flips: Sequence[str]) -> PicturePart:
        """Return enough of a picture for a crop.

        What is returned does not depend on whether the region was in the cache.

        Args:
            source: The picture.
            reach: What the crop shows of the mirrored picture.
            flips: Directions in which the picture is mirrored, one after the other.

        Raises:
            LandmarkError: The file cannot be decoded as its header says.
        """
        factor = self._factor(reach)
        if source.region is not None:
            region = _mirrored(source.region, flips)
            if region.factor <= factor and region.covers(reach.low, reach.high):
                return region.cut(reach.low, reach.high)
            self.counts['outside the region'] += 1
        content = self._read(source.path) if source.content is None else source.content
        whole = None if content is None else self._decode(content, factor, source.header)
        if whole is None or whole.size != source.size:
            raise LandmarkError(
                f'{source.path}: cannot be decoded: damaged, or changed while it was read'
            )
        # Whole pictures that need no turning go to the crop as LoadImage would give them.
        if whole.is_whole and not flips:
            return whole
        return _mirrored(whole, flips).cut(reach.low, reach.high)

    def _open_region(self, path: str, around: Reach) -> CropSource | None:
        content = None
        mark = self.cache.file_mark(path) if self._is_local else None
        file = None if mark is None else path
        if mark is None:
            content = self._read(path)
            if content is None:
                return None
            mark = self.cache.content_mark(content)
        factor = self._factor(around)
        key = self.cache.key(mark, around.low, around.high, factor)
        region = self.cache.get(key)
        if region is None:
            content = self._read(path) if content is None else content
            whole = None if content is None else self._decode(content, factor)
            if whole is None:
                return None
            # the whole pixels that the key names
            part = whole.cut(np.floor(around.low), np.ceil(around.high))
            region = self.cache.put(key, part, file, mark)
        return CropSource(path, region.size, content, None, region)

    def _factor(self, reach: Reach) -> int:
        return allowed_factor(reach.pixels, self.oversampling) if self.reduce else 1

    def _decode(
        self, content: bytes, factor: int, header: JpegHeader | None = None
    ) -> PicturePart | None:
        header = header or read_jpeg_header(content)
        part = None if header is None else decode_jpeg(content, header, factor)
        if part is None:
            try:
                pixels = imfrombytes(content, flag='color', backend='cv2')
            except cv2.error:
                pixels = None
            if pixels is None:
                return None
            part = PicturePart(pixels, pixels.shape[1::-1])
        self.counts[f'reduced by {part.factor}'] += 1
        return part

    def _read(self, path: str) -> bytes | None:
        try:
            return fileio.get(path, backend_args=self.backend_args)
        except Exception:  # any that a storage raises: LoadImage will meet and tell it
            return None


def _mirrored(part: PicturePart, flips: Sequence[str]) -> PicturePart:
    for direction in flips:
        part = part.flip(direction)
    return part
