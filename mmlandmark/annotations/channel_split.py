"""Training and validation parts of channel keypoints that share no picture."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mmlandmark.annotations.channel_checks import check_choice, entry_name, unique_path
from mmlandmark.annotations.channel_pictures import ChannelPictures
from mmlandmark.annotations.splits import split_groups
from mmlandmark.errors import LandmarkError, nearest

PARTS = ('train', 'val')


def split_pictures(
    pictures: ChannelPictures,
    part: str,
    root: str | os.PathLike = '',
    *,
    files: str | os.PathLike | Mapping[str, str | os.PathLike] | None = None,
    val_fraction: float = 0.2,
    seed: int = 0,
) -> np.ndarray:
    """Return which pictures belong to a part.

    Files of the same content count as one picture. By seed, the parts do not depend on the order
    of the entries or on the folder of the data.

    Args:
        pictures: All of them.
        part: ``train`` or ``val``.
        root: Folder of the pictures.
        files: A text file of the pictures for validation, one path per line as in the annotations,
            all others are for training; or ``dict(train=..., val=...)`` of two such files. None: by
            seed.
        val_fraction: Share of the pictures for validation, by seed.
        seed: Another seed is another split.

    Returns:
        (n,) int64 ascending positions.

    Raises:
        LandmarkError: A part that stays empty, a listed picture that is not there or is in both
            parts, an option that is not as it should be.
    """
    check_choice('split', part, PARTS)
    groups = same_pictures(pictures, root)
    if files is not None:
        return _by_list(pictures, groups, part, files)
    if isinstance(val_fraction, bool | str) or not 0 < val_fraction < 1:
        raise LandmarkError(f'val_fraction is {val_fraction!r:.40}; expected between 0 and 1')
    ratios = {'train': 1 - val_fraction, 'val': val_fraction}
    try:
        return split_groups(groups, ratios, seed, PARTS)[part]
    except LandmarkError as error:
        raise LandmarkError(f'{pictures.name}: {error}') from None


def same_pictures(pictures: ChannelPictures, root: str | os.PathLike = '') -> list[str]:
    """Return a name for each picture that it shares with those of the same content.

    Only files of equal length are read.

    Raises:
        LandmarkError: A picture cannot be read.
    """
    names = [unique_path(file) for file in pictures.files]
    of_length: dict[int, list[int]] = {}
    for index, file in enumerate(pictures.files):
        try:
            length = os.stat(os.path.join(root, file)).st_size
        except OSError as error:
            raise _unreadable(pictures, index, error) from None
        of_length.setdefault(length, []).append(index)
    first: dict[bytes, str] = {}
    shared = list(names)
    for members in of_length.values():
        if len(members) == 1:
            continue
        for index in sorted(members, key=names.__getitem__):
            try:
                content = Path(root, pictures.files[index]).read_bytes()
            except OSError as error:
                raise _unreadable(pictures, index, error) from None
            digest = hashlib.blake2b(content, digest_size=16).digest()
            shared[index] = first.setdefault(digest, names[index])
    return shared


def _by_list(
    pictures: ChannelPictures,
    groups: Sequence[str],
    part: str,
    files: str | os.PathLike | Mapping[str, str | os.PathLike],
) -> np.ndarray:
    count = len(pictures)
    if isinstance(files, Mapping):
        if set(files) != set(PARTS):
            raise LandmarkError(f'split_file has {sorted(files)}; expected train and val')
        chosen = {name: _listed(pictures, file) for name, file in files.items()}
    else:
        validation = _listed(pictures, files)
        chosen = {'val': validation, 'train': set(range(count)) - validation}
    validated = {groups[index]: index for index in sorted(chosen['val'])}
    for index in sorted(chosen['train']):
        twin = validated.get(groups[index])
        if twin is not None:
            same = '' if twin == index else f', as the same picture {pictures.files[twin]},'
            raise LandmarkError(
                f'{pictures.name}: {entry_name(index, pictures.files[index])}: is in the training '
                f'part and{same} in the validation part; expected it in one of them'
            )
    if not chosen[part]:
        raise LandmarkError(f'{pictures.name}: part {part!r} of the split is empty')
    return np.array(sorted(chosen[part]), dtype=np.int64)


def _listed(pictures: ChannelPictures, file: str | os.PathLike) -> set[int]:
    try:
        lines = Path(file).read_text(encoding='utf-8').splitlines()
    except OSError as error:
        raise LandmarkError(f'{file}: cannot be read: {error.strerror or error}') from None
    except UnicodeDecodeError:
        raise LandmarkError(f'{file}: is no text; expected a path of a picture per line') from None
    place = {unique_path(name): index for index, name in enumerate(pictures.files)}
    chosen = set()
    for number, line in enumerate(lines, start=1):
        path = line.strip()
        if not path:
            continue
        index = place.get(unique_path(path))
        if index is None:
            raise LandmarkError(
                f'{file}: line {number}: {path}: no such picture in {pictures.name}'
                f'{nearest(path, pictures.files)}'
            )
        chosen.add(index)
    return chosen


def _unreadable(pictures: ChannelPictures, index: int, error: OSError) -> LandmarkError:
    return LandmarkError(
        f'{pictures.name}: {entry_name(index, pictures.files[index])}: cannot be read: '
        f'{error.strerror or error}'
    )
