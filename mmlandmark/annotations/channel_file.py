"""Channel keypoints from either form of file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmlandmark.annotations.channel_checks import check_choice, check_sizes
from mmlandmark.annotations.channel_coco import read_channel_coco
from mmlandmark.annotations.channel_config import ChannelConfig
from mmlandmark.annotations.channel_json import DATASET, read_channel_json
from mmlandmark.annotations.channel_pictures import ChannelPictures
from mmlandmark.annotations.json_file import read_json
from mmlandmark.errors import LandmarkError

FORMATS = ('auto', 'json', 'coco')


def read_channel_file(
    path: str | os.PathLike,
    root: str | os.PathLike | None = None,
    *,
    format: str = 'auto',
    channels: ChannelConfig | None = None,
    origin: str = 'bottom-left',
    min_visibility: int = 1,
    outside: str = 'error',
    max_keypoints: int | Mapping[str, int] | None = None,
    check_pictures: bool = False,
) -> ChannelPictures:
    """Read a file of channel keypoints.

    Args:
        path: The file.
        root: Folder of the pictures; by default that of the file.
        format: ``json`` (the published form), ``coco``, or ``auto``: by the lists that it has.
        channels: Which keypoints, or which keys of the published JSON, feed which channel.
        origin: Of the published JSON: ``bottom-left`` or ``top-left``.
        min_visibility: Of COCO: 1 labelled, 2 seen.
        outside: ``error`` or ``drop``.
        max_keypoints: The most that a channel of a picture may hold, for all or by channel.

        check_pictures: Of COCO: look whether every picture is there and has the size that the file
            says. The published JSON has no sizes, so its pictures are always looked at.

    Raises:
        LandmarkError: Anything that is not as it should be, in one line.
    """
    check_choice('format', format, FORMATS)
    data, name = read_json(path), str(Path(path))
    if not isinstance(data, dict) or (
        format == 'auto' and not {DATASET, 'annotations'} & set(data)
    ):
        raise LandmarkError(
            f"{name}: holds neither a list 'dataset' (published JSON) nor 'annotations' (COCO)"
        )
    if format == 'auto':
        format = 'json' if DATASET in data else 'coco'
    root = Path(path).parent if root is None else root
    shared: dict[str, Any] = {
        'channels': channels,
        'outside': outside,
        'max_keypoints': max_keypoints,
    }
    if format == 'json':
        return read_channel_json(data, root, origin=origin, name=name, **shared)
    pictures = read_channel_coco(data, min_visibility=min_visibility, name=name, **shared)
    if check_pictures:
        check_sizes(pictures, root)
    return pictures
