"""The pictures of a release: which label each belongs to, whether it is whole, its size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np

from mmlandmark.annotations.face_layout import Layout
from mmlandmark.annotations.pictures import picture_size
from mmlandmark.annotations.release_problems import (
    NO_LABEL,
    NO_PICTURE,
    OTHER_SIZE,
    TWO_PICTURES,
    UNKNOWN_SIZE,
    UNREADABLE_PICTURE,
    Problems,
)
from mmlandmark.errors import LandmarkError
from mmlandmark.progress import track

_WORKERS = 4


def pictures_of(
    root: Path, layouts: Sequence[Layout], labels: Mapping[str, Layout], problems: Problems
) -> list[str | None]:
    """Return the picture of each label.

    Args:
        root: Folder of the release.
        layouts: Its parts.
        labels: Label file, relative to the root -> its part.
        problems: Gets pictures without a label file, and pictures of the same name as another.

    Returns:
        One path per label, relative to the root; None where there is no picture.
    """
    found: dict[str, dict[str, str]] = {}
    for layout in layouts:
        pictures = found.setdefault(layout.part, {})
        labelled = {path.stem for path in layout.label_files()}
        for path in layout.picture_files():
            name = path.relative_to(root).as_posix()
            if path.stem in pictures:
                problems.add(name, TWO_PICTURES, f'beside {pictures[path.stem]}, which is used')
            elif path.stem not in labelled:
                problems.add(name, NO_LABEL)
            pictures.setdefault(path.stem, name)
    return [found[layout.part].get(PurePosixPath(file).stem) for file, layout in labels.items()]


def picture_sizes(
    root: Path,
    files: Sequence[str],
    pictures: Sequence[str | None],
    given: Mapping[str, tuple[int, int]],
    labels_only: bool,
    problems: Problems,
) -> tuple[np.ndarray, np.ndarray]:
    """Decode the pictures of all labels, for their sizes and to find damaged ones.

    Args:
        root: Folder of the release.
        files: The N label files, relative to it.
        pictures: Their pictures, relative to it; None where there is none.
        given: Width and height by name without ending.
        labels_only: The release has no pictures at all: none is missed, the given sizes are taken.
        problems: Gets missing and unreadable pictures, and sizes that are unknown or differ.

    Returns:
        (N, 2) int64 width and height, -1 where unknown, and (N,) bool: picture and size are there.
    """
    sizes = np.full((len(files), 2), -1, dtype=np.int64)
    usable = np.zeros(len(files), dtype=bool)
    # Closed, so that an error does not wait for the pictures that are still to come.
    with (
        ThreadPoolExecutor(_WORKERS) as pool,
        closing(pool.map(partial(_measure, root), pictures)) as measured,  # type: ignore[type-var]
    ):
        looks = track(zip(files, pictures, measured, strict=True), 'pictures', len(files))
        for row, (file, picture, result) in enumerate(looks):
            expected = given.get(PurePosixPath(file).stem)
            if isinstance(result, str):
                problems.add(picture or file, UNREADABLE_PICTURE, result)
            elif result is None and not labels_only:
                problems.add(file, NO_PICTURE)
            elif result is None and expected is None:
                problems.add(file, UNKNOWN_SIZE, 'no picture, and not in a file of sizes')
            else:
                usable[row] = True
            if isinstance(result, tuple) and expected not in (None, result):
                problems.add(str(picture), OTHER_SIZE, f'{result}; the sizes file says {expected}')
            size = result if isinstance(result, tuple) else expected
            sizes[row] = size or (-1, -1)
    return sizes, usable


def _measure(root: Path, picture: str | None) -> tuple[int, int] | str | None:
    """Return the size of a picture, or what is wrong with it; None where there is none."""
    if picture is None:
        return None
    path = root / picture
    try:
        return picture_size(path, whole=True)
    except LandmarkError as error:
        return str(error).removeprefix(f'{path}: ')
