"""What pictures a user means: files, folders, videos and arrays, opened one after another."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mmlandmark.annotations.pictures import PICTURE_ENDINGS, read_picture
from mmlandmark.errors import LandmarkError

VIDEO_ENDINGS = ('.mp4', '.avi', '.mov', '.mkv', '.webm', '.m4v', '.mpg', '.mpeg')

Source = str | os.PathLike | np.ndarray | Iterable[Any]


@dataclass(frozen=True)
class SourcePicture:
    """One picture, or why it could not be opened.

    Attributes:
        name: Path as given; of a folder that is all of the input, relative to it;
            ``clip.mp4#000012`` for the thirteenth frame of a video, ``array 0`` for an array.
        picture: (H, W, 3) uint8, blue, green, red; None where it could not be opened.
        problem: The reason, else empty.
    """

    name: str
    picture: np.ndarray | None
    problem: str = ''


class PictureSource:
    """The pictures of an input; iterating opens them one by one, in order.

    Args:
        inputs: Path of a picture, a video or a folder (with everything below it, by name); an
            array (H, W), (H, W, 3) or (H, W, 4) uint8 in OpenCV's order blue, green, red, or a
            batch (N, H, W, 3); or any iterable of these, which is read lazily.

    Attributes:
        left_aside: Files of the folders that are neither pictures nor videos.

    Raises:
        LandmarkError: Nothing under that name, a file of an unknown type, no picture at all.
    """

    def __init__(self, inputs: Source) -> None:
        self.left_aside: list[Path] = []
        self._paths: set[Path] = set()
        self.is_single = _is_one_picture(inputs)
        if isinstance(inputs, (str, os.PathLike, np.ndarray)):
            inputs = [inputs]
        if not isinstance(inputs, Iterable):
            raise LandmarkError(f'{type(inputs).__name__} is no picture; {_EXPECTED_ITEM}')
        # Lists are looked at before any work; of an iterator, one item at a time.
        lazy = isinstance(inputs, Iterator)
        inputs = inputs if lazy else list(inputs)
        # Of several folders, two may hold files of one name.
        self._one_folder = not lazy and len(inputs) == 1
        self._entries = map(self._entry, inputs) if lazy else [self._entry(i) for i in inputs]
        if not lazy and all(map(_is_empty_batch, self._entries)):
            raise LandmarkError('no pictures were given; expected at least one')

    def __iter__(self) -> Iterator[SourcePicture]:
        """Open the pictures; those that cannot be opened come with their ``problem``."""
        arrays = 0
        for entry in self._entries:
            if not isinstance(entry, np.ndarray):
                for path, name in entry:
                    yield from _frames(path, name) if _is_video(path) else [_file(path, name)]
                continue
            for array in entry if entry.ndim == 4 else [entry]:
                yield SourcePicture(f'array {arrays}', _as_picture(array, arrays))
                arrays += 1

    def reads(self, path: Path) -> bool:
        """Return whether a file is one of those to be opened."""
        return path.resolve() in self._paths

    def _entry(self, item: Any) -> np.ndarray | list[tuple[Path, str]]:
        """Return an array, or the (path, name) of the files of a path."""
        if isinstance(item, np.ndarray):
            return item
        if not isinstance(item, (str, os.PathLike)):
            raise LandmarkError(f'{type(item).__name__} is no picture; {_EXPECTED_ITEM}')
        path = Path(item)
        if path.is_dir():
            return self._files_of(path)
        if not path.is_file():
            raise LandmarkError(f'{path}: no such picture, video or folder')
        if not _is_known(path):
            raise LandmarkError(f'{path}: files of type {path.suffix!r} are not known; {_EXPECTED}')
        self._paths.add(path.resolve())
        return [(path, str(item))]

    def _files_of(self, folder: Path) -> list[tuple[Path, str]]:
        files = sorted(path for path in folder.rglob('*') if path.is_file())
        chosen = [(path, self._name_in(folder, path)) for path in files if _is_known(path)]
        others = [path for path in files if not _is_known(path)]
        if not chosen:
            found = f'{len(others)} files of other types' if others else 'it is empty'
            raise LandmarkError(f'{folder}: no pictures in this folder ({found}); {_EXPECTED}')
        self.left_aside += others
        self._paths |= {path.resolve() for path, _ in chosen}
        return chosen

    def _name_in(self, folder: Path, path: Path) -> str:
        return (path.relative_to(folder) if self._one_folder else path).as_posix()


_EXPECTED_ITEM = 'expected a path or an array (H, W, 3) uint8'
_EXPECTED = f'expected one of {", ".join(PICTURE_ENDINGS + VIDEO_ENDINGS)}'


def _is_empty_batch(entry: np.ndarray | list[tuple[Path, str]]) -> bool:
    return isinstance(entry, np.ndarray) and entry.ndim == 4 and not len(entry)


def _is_video(path: Path) -> bool:
    return path.suffix.lower() in VIDEO_ENDINGS


def _is_known(path: Path) -> bool:
    return _is_video(path) or path.suffix.lower() in PICTURE_ENDINGS


def _is_one_picture(inputs: Source) -> bool:
    if isinstance(inputs, np.ndarray):
        return inputs.ndim != 4
    if not isinstance(inputs, (str, os.PathLike)):
        return False
    return not Path(inputs).is_dir() and not _is_video(Path(inputs))


def _file(path: Path, name: str) -> SourcePicture:
    try:
        return SourcePicture(name, read_picture(path))
    except LandmarkError as error:
        return SourcePicture(name, None, str(error))


def _frames(path: Path, name: str) -> Iterator[SourcePicture]:
    video = cv2.VideoCapture(str(path))
    try:
        stated, count = int(video.get(cv2.CAP_PROP_FRAME_COUNT)), 0
        while True:
            found, frame = video.read()
            if not found:
                break
            yield SourcePicture(f'{name}#{count:06d}', frame)
            count += 1
    finally:
        video.release()
    if not count:
        yield SourcePicture(name, None, f'{path}: no frame of this video can be read')
    elif count + 1 < stated:  # containers may count one frame too many
        yield SourcePicture(name, None, f'{path}: {count} of {stated} frames can be read')


def _as_picture(array: np.ndarray, number: int) -> np.ndarray:
    """Return an array as files are read: three channels, alpha dropped."""
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or channels not in (1, 3, 4):
        raise LandmarkError(
            f'array {number}: shape {array.shape}, {array.dtype}; expected (H, W, 3) uint8 with '
            'the channels blue, green, red'
        )
    if not array.size:
        raise LandmarkError(f'array {number}: shape {array.shape} has no pixels')
    if channels == 1:
        return np.repeat(array.reshape(*array.shape[:2], 1), 3, axis=2)
    return np.ascontiguousarray(array[..., :3])
