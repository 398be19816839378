"""JSON files of picture sizes, for labels whose pictures are not at hand."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import PurePosixPath

from mmlandmark.annotations.json_file import read_json
from mmlandmark.annotations.pictures import PICTURE_ENDINGS
from mmlandmark.errors import LandmarkError


def read_sizes(files: Iterable[str | os.PathLike]) -> dict[str, tuple[int, int]]:
    """Read files of the form ``{"name": [width, height], ...}``.

    Args:
        files: The files; a name may be a file name or a path, its folder and ending are cut off.

    Returns:
        Name without ending -> width and height in pixels.

    Raises:
        LandmarkError: A size that is not two whole numbers above 0, or two sizes of one name.
    """
    sizes: dict[str, tuple[int, int]] = {}
    for file in files:
        content = read_json(file)
        if not isinstance(content, dict):
            raise LandmarkError(f'{file}: expected an object of name: [width, height]')
        for name, size in content.items():
            if not (
                isinstance(size, list)
                and len(size) == 2
                and all(type(side) is int and side > 0 for side in size)
            ):
                raise LandmarkError(f'{file}: {name!r} is {size!r:.40}; expected [width, height]')
            pair = (size[0], size[1])
            if sizes.setdefault(_stem(name), pair) != pair:
                raise LandmarkError(
                    f'{file}: {name!r} is {size}; {list(sizes[_stem(name)])} under the same name'
                )
    return sizes


def _stem(name: str) -> str:
    path = PurePosixPath(name)
    return path.stem if path.suffix.lower() in PICTURE_ENDINGS else path.name
