"""The pictures of one split of OUHANDS: which they are, whether they are whole, their size."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path

from mmlandmark.annotations.ouhands_layout import (
    GESTURES,
    STRAY,
    files_of,
    gesture_of,
    hand_folder,
    is_picture,
    list_file,
    read_list,
)
from mmlandmark.annotations.pictures import picture_size
from mmlandmark.annotations.release_problems import (
    TWO_PICTURES,
    UNREADABLE_PICTURE,
    Problems,
)
from mmlandmark.errors import LandmarkError
from mmlandmark.progress import track

NOT_THERE = 'list entry without picture'
NOT_LISTED = 'picture without list entry'
LISTED_TWICE = 'listed more than once'
IN_TRAIN = 'listed in train as well'
UNKNOWN_GESTURE = 'unknown gesture class'
_WORKERS = 4


def listed_pictures(
    root: Path, split: str, defects: Problems, notes: Problems
) -> dict[str, Path | None]:
    """Find the pictures of a split: those of its list, or all of the test.

    Args:
        root: Folder of the release.
        split: ``train``, ``validation`` or ``test``.
        defects: Gets entries that give no picture, or one of no class.
        notes: Gets files that are of no use, and pictures that no list names.

    Returns:
        Name -> its file, or None where the list names a picture that is not there.

    Raises:
        LandmarkError: No folder or list, an empty one, or whatever ``defects`` does not allow.
    """
    folder = hand_folder(root, split) / 'colour'
    files = files_of(folder)
    for path in files.values():
        if not is_picture(path.name):
            notes.add(_relative(path, root), STRAY)
    there = {name: path for name, path in files.items() if is_picture(name)}
    if split == 'test':
        if not there:
            raise LandmarkError(f'{folder}: the split test is empty; expected pictures')
        entries = list(there)
    else:
        entries = _entries(root, split, there, defects, notes)
    return _of_known_class(_relative(folder, root), entries, there, defects)


def measure_pictures(
    root: Path, pictures: Sequence[Path], whole: bool, defects: Problems
) -> list[tuple[int, int] | None]:
    """Return width and height of each picture as training sees it; None where unreadable.

    Args:
        root: Folder of the release.
        pictures: The files.
        whole: Decode them, so that truncated ones are found; else their headers are read.
        defects: Gets the unreadable ones.

    Raises:
        LandmarkError: Whatever ``defects`` does not allow.
    """
    sizes: list[tuple[int, int] | None] = []
    # Closed, so that an error does not wait for the pictures that are still to come.
    with (
        ThreadPoolExecutor(_WORKERS) as pool,
        closing(pool.map(partial(_measure, whole=whole), pictures)) as measured,  # type: ignore[type-var]
    ):
        looks = track(zip(pictures, measured, strict=True), 'pictures', len(pictures))
        for path, result in looks:
            if isinstance(result, str):
                defects.add(_relative(path, root), UNREADABLE_PICTURE, result)
            sizes.append(None if isinstance(result, str) else result)
    return sizes


def _entries(
    root: Path, split: str, there: dict[str, Path], defects: Problems, notes: Problems
) -> list[str]:
    train, validation = read_list(root, 'train'), read_list(root, 'validation')
    where = _relative(list_file(root, split), root)
    of_train = set(train)
    known = of_train.union(validation)
    if split == 'train':  # once, not with each split
        for name, path in there.items():
            if name not in known:
                notes.add(_relative(path, root), NOT_LISTED)
    chosen: dict[str, None] = {}
    for entry in train if split == 'train' else validation:
        if entry in chosen:
            notes.add(where, LISTED_TWICE, entry)
        elif split == 'validation' and entry in of_train:
            defects.add(where, IN_TRAIN, entry)
        else:
            chosen[entry] = None
    return list(chosen)


def _of_known_class(
    folder: str, entries: Sequence[str], there: dict[str, Path], defects: Problems
) -> dict[str, Path | None]:
    chosen: dict[str, Path | None] = {}
    stems: dict[str, str] = {}
    for entry in entries:
        name = f'{folder}/{entry}'
        if gesture_of(entry) is None:
            expected = f'expected a name that begins with one of {", ".join(GESTURES)} and -'
            defects.add(name, UNKNOWN_GESTURE, expected)
        elif stems.setdefault(Path(entry).stem, entry) != entry:
            defects.add(name, TWO_PICTURES, f'beside {stems[Path(entry).stem]}, which is used')
        else:
            if entry not in there:
                defects.add(name, NOT_THERE)
            chosen[entry] = there.get(entry)
    return chosen


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _measure(path: Path, whole: bool) -> tuple[int, int] | str:
    try:
        return picture_size(path, whole=whole)
    except LandmarkError as error:
        return str(error).removeprefix(f'{path}: ')
