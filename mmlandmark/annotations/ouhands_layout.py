"""Where the files of OUHANDS lie: official lists, pictures, boxes and landmark files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from mmlandmark.annotations.pictures import PICTURE_ENDINGS
from mmlandmark.errors import LandmarkError, nearest

SPLITS = ('train', 'validation', 'test')
#: The ten classes; file names begin with theirs and a hyphen. There is no G.
GESTURES = tuple('ABCDEFHIJK')
LANDMARK_ENDING = '_landmarks.json'
#: What a file is called that is none of the data set's.
STRAY = 'stray file'
_LISTS = 'OUHANDS_train/data_split_for_intermediate_tests'
_LIST_FILES = {'train': 'training_files.txt', 'validation': 'validation_files.txt'}


def check_split(split: str) -> None:
    """Raise a LandmarkError unless there is such a split."""
    if split not in SPLITS:
        raise LandmarkError(
            f'unknown split {split!r} of OUHANDS{nearest(split, SPLITS)}; expected one of '
            f'{", ".join(SPLITS)}'
        )


def hand_folder(root: Path, split: str) -> Path:
    """Return the folder that holds ``colour`` and ``bounding_box`` of a split."""
    part = 'test' if split == 'test' else 'train'
    return root / f'OUHANDS_{part}' / part / 'hand_data'


def list_file(root: Path, split: str) -> Path:
    """Return the official list of a split, ``train`` or ``validation``."""
    return root / _LISTS / _LIST_FILES[split]


def split_source(split: str) -> str:
    """Return what says which pictures a split has, relative to the root: a list or a folder."""
    here = Path()
    path = hand_folder(here, split) / 'colour' if split == 'test' else list_file(here, split)
    return path.as_posix()


def read_list(root: Path, split: str) -> list[str]:
    """Return the entries of an official list, in its order.

    Raises:
        LandmarkError: The file is missing, not text, or has no entry.
    """
    path = list_file(root, split)
    try:
        lines = path.read_text(encoding='utf-8-sig').splitlines()
    except OSError as error:
        raise LandmarkError(f'{path}: cannot be read: {error.strerror or error}') from None
    except UnicodeDecodeError:
        raise LandmarkError(
            f'{path}: not a text file; expected a name of a picture a line'
        ) from None
    entries = [line.strip() for line in lines if line.strip()]
    if not entries:
        raise LandmarkError(f'{path}: the list of {split} is empty; expected a picture a line')
    return entries


def files_of(folder: Path) -> dict[str, Path]:
    """Return name -> path of the files in a folder, sorted, without hidden ones.

    Raises:
        LandmarkError: There is no such folder.
    """
    if not folder.is_dir():
        raise LandmarkError(f'{folder}: no such folder')
    paths = sorted(path for path in folder.iterdir() if path.is_file())
    return {path.name: path for path in paths if not path.name.startswith('.')}


def is_picture(name: str) -> bool:
    """Whether a file is one by its ending."""
    return Path(name).suffix.lower() in PICTURE_ENDINGS


def gesture_of(name: str) -> str | None:
    """Return the class that the name of a picture begins with, or None if it is no class."""
    gesture, hyphen, _ = Path(name).name.partition('-')
    return gesture.upper() if hyphen and gesture.upper() in GESTURES else None


def count_gestures(gestures: Iterable[str]) -> dict[str, int]:
    """Return class -> how many, for all classes in their order."""
    found = list(gestures)
    return {gesture: found.count(gesture) for gesture in GESTURES}


def read_hand_box(path: Path) -> np.ndarray:
    """Read a box file: the number of boxes in the first line, then x, y, width, height in pixels.

    A further number in the line of a box, a confidence, is not looked at.

    Returns:
        (4,) float64 x1, y1, x2, y2.

    Raises:
        LandmarkError: The file cannot be read, holds another number of boxes than one, or one that
            is not four finite numbers of some area.
    """
    try:
        lines = path.read_text(encoding='utf-8-sig').split('\n')
    except (OSError, UnicodeDecodeError) as error:
        raise LandmarkError(f'{path}: cannot be read: {" ".join(str(error).split())}') from None
    rows = [line.split() for line in lines if line.strip()]
    if len(rows) != 2 or rows[0] != ['1'] or len(rows[1]) not in (4, 5):
        content = ' / '.join(' '.join(row) for row in rows)
        raise LandmarkError(
            f'{path}: holds {content!r:.40}; expected a line 1 and a line x y width height'
        )
    try:
        x, y, width, height = (float(number) for number in rows[1][:4])
    except ValueError:
        raise LandmarkError(f'{path}: {" ".join(rows[1])!r:.40} are not numbers') from None
    if not (np.isfinite([x, y, width, height]).all() and width > 0 and height > 0):
        raise LandmarkError(f'{path}: the box {" ".join(rows[1])!r:.40} has no area')
    return np.array([x, y, x + width, y + height])
