"""The JSON form of channel keypoints that tlpss/keypoint-detection published.

``{"dataset": [{"image_path": "images/0.png", "corner": [[u, v], [u, v, depth]], ...}, ...]}``: a
key per channel, u and v as shares of the width and the height from 0 to 1, v upwards from the
bottom.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from mmlandmark.annotations.channel_checks import (
    ORIGINS,
    OUTSIDE,
    OUTSIDE_REASON,
    check_choice,
    check_counts,
    check_unique_paths,
    entry_name,
    size_of_picture,
)
from mmlandmark.annotations.channel_config import ChannelConfig, resolve_channels
from mmlandmark.annotations.channel_pictures import ChannelPictures
from mmlandmark.annotations.channel_values import point_rows
from mmlandmark.annotations.collection import paused_gc
from mmlandmark.annotations.json_file import read_json
from mmlandmark.annotations.writer import write_json
from mmlandmark.errors import LandmarkError, nearest

#: The list of a file, and the key of a picture; every other key is a channel.
DATASET, IMAGE_PATH = 'dataset', 'image_path'


def read_channel_json(
    source: str | os.PathLike | dict,
    root: str | os.PathLike | None = None,
    *,
    channels: ChannelConfig | None = None,
    origin: str = 'bottom-left',
    outside: str = 'error',
    max_keypoints: int | Mapping[str, int] | None = None,
    name: str | None = None,
) -> ChannelPictures:
    """Read the published JSON; the sizes come from the pictures.

    Args:
        source: A path, or the parsed file.
        root: Folder of the pictures; by default that of the file.
        channels: Which keys feed which channel, see `channel_config.parse_channels`; None: every
            key but ``image_path`` is a channel, and all entries must have the same.
        origin: Where v begins: ``bottom-left`` (published) or ``top-left``.
        outside: ``error``, or ``drop`` for points outside [0, 1], which are counted then.
        max_keypoints: The most that a channel of a picture may hold, for all or by channel.
        name: What messages call the file; the path by default.

    Raises:
        LandmarkError: Anything that is not as it should be; one line that names the file, the
            entry and, where there is one, the channel and the point.
    """
    check_choice('origin', origin, ORIGINS)
    check_choice('outside', outside, OUTSIDE)
    if root is None:
        root = '' if isinstance(source, dict) else Path(source).parent
    with paused_gc():
        entries, where = _entries(source, name)
        files = [entry[IMAGE_PATH] for entry in entries]
        check_unique_paths(files, where)
        feeds = _channels(entries, channels, where)
        sizes = np.array(
            [
                size_of_picture(root, file, f'{where}: {entry_name(index, file)}')
                for index, file in enumerate(files)
            ]
        )
        cells = [
            (index, channel, key)
            for index in range(len(entries))
            for channel, keys in enumerate(feeds.values())
            for key in keys
        ]
        lists = [entries[index][key] for index, _, key in cells]

        def label(cell: int) -> str:
            index, _, key = cells[cell]
            return f'{where}: {entry_name(index, files[index])}: channel {key!r}'

        points, cell = point_rows(lists, label)
    inside = ((points[:, :2] >= 0) & (points[:, :2] <= 1)).all(axis=1)
    if outside == 'error' and not inside.all():
        row = int(np.argmin(inside))
        number = row - int(np.argmax(cell == cell[row]))
        raise LandmarkError(
            f'{label(cell[row])}, point {number} is at u={points[row, 0]:g}, v={points[row, 1]:g}; '
            "expected both in [0, 1] (outside='drop' leaves such points out)"
        )
    picture, channel = np.array([c[:2] for c in cells], dtype=np.int64)[cell].T
    shares = points[:, :2].copy()
    if origin == 'bottom-left':
        shares[:, 1] = 1 - shares[:, 1]
    pictures = ChannelPictures.from_points(
        list(feeds),
        files,
        sizes,
        picture[inside],
        (shares * sizes[picture])[inside],
        channel[inside],
        depths=points[inside, 2],
        name=where,
        left_out={OUTSIDE_REASON: int((~inside).sum())},
    )
    check_counts(pictures, max_keypoints)
    return pictures


def channel_json_document(
    pictures: ChannelPictures, *, origin: str = 'bottom-left'
) -> dict[str, list[dict[str, Any]]]:
    """Return pictures in the published form; a channel without points is an empty list.

    Points of a channel of which some have a depth have null where there is none; hidden points
    become points like others, the form does not tell them apart.

    Args:
        pictures: The pictures.
        origin: ``bottom-left`` (published) or ``top-left``.
    """
    check_choice('origin', origin, ORIGINS)
    shares = pictures.points / pictures.sizes[pictures.picture_ids()]
    if origin == 'bottom-left':
        shares[:, 1] = 1 - shares[:, 1]
    known = ~np.isnan(pictures.depths)
    entries: list[dict[str, Any]] = []
    for index, file in enumerate(pictures.files):
        rows = pictures.rows(index)
        entry: dict[str, Any] = {IMAGE_PATH: file}
        for channel, name in enumerate(pictures.channels):
            chosen = rows.start + np.flatnonzero(pictures.channel_ids[rows] == channel)
            points = shares[chosen].tolist()
            if known[chosen].any():
                depths = pictures.depths[chosen].tolist()
                points = [
                    [*point, depth if depth == depth else None]
                    for point, depth in zip(points, depths, strict=True)
                ]
            entry[name] = points
        entries.append(entry)
    return {DATASET: entries}


def write_channel_json(
    path: str | os.PathLike,
    pictures: ChannelPictures,
    *,
    origin: str = 'bottom-left',
    overwrite: bool = False,
) -> None:
    """Write the published form.

    Args:
        path: The file; paths of pictures are written as they are.
        pictures: The pictures.
        origin: ``bottom-left`` (published) or ``top-left``.
        overwrite: Replace a file that exists.

    Raises:
        LandmarkError: The file exists, or the disk refuses.
    """
    write_json(path, channel_json_document(pictures, origin=origin), overwrite=overwrite)


def _entries(source: Any, name: str | None) -> tuple[list[dict], str]:
    if isinstance(source, dict):
        data, where = source, name or 'annotations'
    else:
        data, where = read_json(source), name or str(Path(source))
    entries = data.get(DATASET) if isinstance(data, dict) else None
    if not isinstance(entries, list):
        raise LandmarkError(f'{where}: has no list {DATASET!r}; expected the JSON of keypoints')
    if not entries:
        raise LandmarkError(f'{where}: the list {DATASET!r} is empty; expected at least one entry')
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise LandmarkError(f'{where}: entry {index} is {entry!r:.60}; expected an object')
        file = entry.get(IMAGE_PATH)
        if not isinstance(file, str) or not file:
            raise LandmarkError(
                f'{where}: entry {index}: {IMAGE_PATH!r} is {file!r:.60}; expected a path'
            )
    return entries, where


def _channels(
    entries: list[dict], config: ChannelConfig | None, where: str
) -> dict[str, tuple[str, ...]]:
    """The keys of each channel, all of them in every entry."""
    known = list(dict.fromkeys(key for entry in entries for key in entry if key != IMAGE_PATH))
    if not known:
        raise LandmarkError(f'{where}: no entry has a channel; expected keys besides image_path')
    first = [key for key in entries[0] if key != IMAGE_PATH]
    channels = resolve_channels(config, known if config is not None else first, where)
    needed = list(dict.fromkeys(chain.from_iterable(channels.values())))
    for index, entry in enumerate(entries):
        keys = [key for key in entry if key != IMAGE_PATH]
        entry_is = f'{where}: {entry_name(index, entry[IMAGE_PATH])}'
        for key in needed:
            if key not in entry:
                raise LandmarkError(
                    f'{entry_is}: has no channel {key!r}{nearest(key, keys)}; expected it in every '
                    'entry, [] for no keypoints'
                )
        foreign = [key for key in keys if key not in needed] if config is None else []
        if foreign:
            raise LandmarkError(
                f'{entry_is}: has a channel {foreign[0]!r} that entry 0 has not; expected the same '
                'channels in every entry, or channels= to say which'
            )
    return channels
