"""Checks that both forms of channel keypoint files share."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from mmlandmark.annotations.channel_pictures import ChannelPictures
from mmlandmark.annotations.pictures import picture_size
from mmlandmark.errors import LandmarkError, nearest

ORIGINS = ('bottom-left', 'top-left')
#: What to do with keypoints outside their picture.
OUTSIDE = ('error', 'drop')
OUTSIDE_REASON = 'keypoints outside the picture'


def check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    """Raise unless an option is one of its values.

    Raises:
        LandmarkError: It is not; the message suggests one.
    """
    if value not in choices:
        raise LandmarkError(
            f'{name} is {value!r:.40}{nearest(value, choices)}; expected {" or ".join(choices)}'
        )


def entry_name(index: int, file: str) -> str:
    """Return how messages call a picture: its place in the list of the file, and its path."""
    return f'entry {index} ({file})'


def size_of_picture(root: str | os.PathLike, file: str, entry: str) -> tuple[int, int]:
    """Return width and height of a picture.

    Args:
        root: Folder of the pictures.
        file: Path in it.
        entry: What lists it, for messages.

    Raises:
        LandmarkError: It is missing or cannot be read.
    """
    try:
        return picture_size(os.path.join(root, file))
    except LandmarkError as error:
        raise LandmarkError(f'{entry}: {error}') from None


def check_sizes(pictures: ChannelPictures, root: str | os.PathLike) -> None:
    """Raise unless every picture is there and of the size that the annotations say.

    Only headers are read.

    Args:
        pictures: What the annotations say.
        root: Folder of the pictures.

    Raises:
        LandmarkError: A picture is missing, cannot be read, or has another size.
    """
    for index, (file, size) in enumerate(zip(pictures.files, pictures.sizes, strict=True)):
        entry = f'{pictures.name}: {entry_name(index, file)}'
        width, height = size_of_picture(root, file, entry)
        if (width, height) != tuple(size):
            raise LandmarkError(
                f'{entry}: the picture is {width}x{height}; the annotations say {size[0]}x{size[1]}'
            )


def unique_path(path: str) -> str:
    """Return the same for all spellings of a path, such as ``a/1.png`` and ``./a//1.png``."""
    return os.path.normpath(path).replace(os.sep, '/')


def check_unique_paths(files: list[str], where: str) -> None:
    """Raise if two entries are of one picture.

    Raises:
        LandmarkError: They are; the message names both.
    """
    first: dict[str, int] = {}
    for index, file in enumerate(files):
        before = first.setdefault(unique_path(file), index)
        if before != index:
            raise LandmarkError(
                f'{where}: {entry_name(index, file)}: the picture is also that of entry {before}; '
                'expected one entry per picture'
            )


def check_counts(pictures: ChannelPictures, max_keypoints: int | Mapping[str, int] | None) -> None:
    """Raise if a channel of a picture holds too many keypoints.

    Args:
        pictures: The pictures.
        max_keypoints: The most that a channel may hold; channel -> that; None: any number.

    Raises:
        LandmarkError: Some channel does, or the option is not as it should be.
    """
    if max_keypoints is None:
        return
    channels = pictures.channels
    limits = (
        max_keypoints
        if isinstance(max_keypoints, Mapping)
        else dict.fromkeys(channels, max_keypoints)
    )
    most = np.full(len(channels), np.iinfo(np.int64).max)
    for channel, limit in limits.items():
        if channel not in channels:
            raise LandmarkError(
                f'{pictures.name}: max_keypoints: no channel {channel!r}'
                f'{nearest(channel, channels)}; there are {", ".join(channels)}'
            )
        if type(limit) is not int or limit < 0:
            raise LandmarkError(f'max_keypoints is {limit!r:.40}; expected a whole number')
        most[channels.index(channel)] = limit
    counts = pictures.counts()
    over = np.argwhere(counts > most)
    if len(over):
        picture, channel = over[0]
        raise LandmarkError(
            f'{pictures.name}: {entry_name(picture, pictures.files[picture])}: channel '
            f'{channels[channel]!r} has {counts[picture, channel]} keypoints; max_keypoints is '
            f'{most[channel]}'
        )
