"""Channel keypoints as COCO keypoint files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from mmlandmark.annotations.audit_values import is_number
from mmlandmark.annotations.channel_checks import (
    OUTSIDE,
    OUTSIDE_REASON,
    check_choice,
    check_counts,
    check_unique_paths,
    entry_name,
)
from mmlandmark.annotations.channel_coco_labels import channel_labels
from mmlandmark.annotations.channel_config import ChannelConfig, parse_channels, resolve_channels
from mmlandmark.annotations.channel_pictures import ChannelPictures
from mmlandmark.annotations.collection import paused_gc
from mmlandmark.annotations.reader import read_coco
from mmlandmark.errors import LandmarkError

#: Category key of the channels in files of this project: channel -> its keypoints.
CHANNEL_FIELD = 'channels'


def read_channel_coco(
    source: str | os.PathLike | dict,
    *,
    channels: ChannelConfig | None = None,
    min_visibility: int = 1,
    outside: str = 'error',
    max_keypoints: int | Mapping[str, int] | None = None,
    name: str | None = None,
) -> ChannelPictures:
    """Read COCO keypoints; x and y are taken as they are, from the upper left corner in pixels.

    Images without keypoints are kept, and several annotations of an image are joined.

    Args:
        source: A path, or the parsed file.
        channels: Which keypoints feed which channel, see `channel_config.parse_channels`; None:
            as the category says under ``channels`` (files of this project), else every keypoint
            is a channel of its own.
        min_visibility: 1: all that are labelled; 2: only those that are seen.
        outside: ``error``, or ``drop`` for points outside their picture, which are counted then.
        max_keypoints: The most that a channel of a picture may hold, for all or by channel.
        name: What messages call the file; the path by default.

    Raises:
        LandmarkError: Anything that is not as it should be; one line that names the file, the
            entry and, where there is one, the channel and the keypoint.
    """
    check_choice('outside', outside, OUTSIDE)
    if min_visibility not in (1, 2):
        raise LandmarkError(f'min_visibility is {min_visibility!r:.40}; expected 1 or 2')
    with paused_gc():
        data, where = read_coco(source, name=name)
        files, sizes = _images(data['images'], where)
        names = _category_names(data['categories'], where)
        if channels is None:
            channels = _listed_channels(data['categories'], where)
        known = list(dict.fromkeys(name for listed in names.values() for name in listed))
        feeds = resolve_channels(channels, known, where)
        labels, left_out = channel_labels(data, names, feeds, where)
    seen = labels['visible'] >= min_visibility
    hidden = ~seen & (labels['visible'] > 0)
    labels = {key: value[seen] for key, value in labels.items()}
    size = sizes[labels['picture']]
    inside = ((labels['point'] >= 0) & (labels['point'] <= size)).all(axis=1)
    if outside == 'error' and not inside.all():
        row = int(np.argmin(inside))
        picture, (x, y) = labels['picture'][row], labels['point'][row]
        raise LandmarkError(
            f'{where}: {entry_name(picture, files[picture])}: annotation {labels["id"][row]}: '
            f'channel {list(feeds)[labels["channel"][row]]!r}: keypoint {labels["name"][row]!r} is '
            f'at ({x:g}, {y:g}); expected it in the picture of {size[row, 0]}x{size[row, 1]} '
            "(outside='drop' leaves such points out)"
        )
    kept = {key: value[inside] for key, value in labels.items()}
    left_out['hidden keypoints'] = int(hidden.sum())
    left_out[OUTSIDE_REASON] = int((~inside).sum())
    pictures = ChannelPictures.from_points(
        list(feeds),
        files,
        sizes,
        kept['picture'],
        kept['point'],
        kept['channel'],
        depths=kept['depth'],
        visible=kept['visible'],
        name=where,
        left_out=left_out,
    )
    check_counts(pictures, max_keypoints)
    return pictures


def _images(images: list[dict], where: str) -> tuple[list[str], np.ndarray]:
    if not images:
        raise LandmarkError(f"{where}: the list 'images' is empty; expected at least one image")
    for index, image in enumerate(images):
        file = image.get('file_name')
        if not isinstance(file, str) or not file:
            raise LandmarkError(
                f'{where}: entry {index} (image {image["id"]}): file_name is {file!r:.60}; '
                'expected a path'
            )
        for key in ('width', 'height'):
            if not (is_number(image.get(key)) and image[key] >= 1):
                raise LandmarkError(
                    f'{where}: {entry_name(index, file)}: {key} is {image.get(key)!r:.40}; '
                    'expected pixels'
                )
    files = [image['file_name'] for image in images]
    check_unique_paths(files, where)
    return files, np.array([[i['width'], i['height']] for i in images], dtype=np.int64)


def _category_names(categories: list[Any], where: str) -> dict[int, list[str]]:
    """Category id -> the names of its keypoints, for those that have names."""
    names: dict[int, list[str]] = {}
    for category in categories:
        if not isinstance(category, dict) or type(category.get('id')) is not int:
            raise LandmarkError(f'{where}: a category without an integer id: {category!r:.80}')
        listed = category.get('keypoints') or []
        if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
            raise LandmarkError(
                f"{where}: category {category['id']}: 'keypoints' is {listed!r:.60}; expected names"
            )
        twice = [name for name in listed if listed.count(name) > 1]
        if twice:
            raise LandmarkError(
                f"{where}: category {category['id']}: 'keypoints' lists {twice[0]!r} more than once"
            )
        if listed:
            names[category['id']] = listed
    if not names:
        raise LandmarkError(f"{where}: no category lists 'keypoints'; expected their names")
    return names


def _listed_channels(categories: list[dict], where: str) -> dict[str, list[str]] | None:
    """The channels of all categories together; None where none says any."""
    channels: dict[str, list[str]] = {}
    for category in categories:
        listed = category.get(CHANNEL_FIELD)
        if not listed:
            continue
        try:
            parsed = parse_channels(listed)
        except LandmarkError as error:
            raise LandmarkError(f'{where}: category {category["id"]}: {error}') from None
        for channel, keypoints in parsed.items():
            known = channels.setdefault(channel, [])
            known.extend(keypoint for keypoint in keypoints if keypoint not in known)
    return channels or None
