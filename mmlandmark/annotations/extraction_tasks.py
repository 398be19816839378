"""Which pictures landmarks are to be found in, and where their landmark files go."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mmlandmark.annotations.ouhands_layout import (
    LANDMARK_ENDING,
    SPLITS,
    STRAY,
    gesture_of,
    hand_folder,
    is_picture,
)
from mmlandmark.annotations.ouhands_pictures import listed_pictures
from mmlandmark.annotations.release_problems import TWO_PICTURES, Problems
from mmlandmark.errors import LandmarkError

REPORT = 'extraction.json'
_SPLIT_NAMES = (*SPLITS, 'val')


@dataclass(frozen=True)
class ExtractionTask:
    """One picture.

    Attributes:
        picture: The file.
        name: Its path relative to the folder of pictures.
        split: The split that it belongs to, or empty.
        group: Its class, or empty.
        target: Its landmark file, relative to the folder of the landmark files.
    """

    picture: Path
    name: str
    split: str
    group: str
    target: str


def find_tasks(images: Path, out: Path, problems: Problems) -> list[ExtractionTask]:
    """Find the pictures of a folder.

    In the layout of OUHANDS they are those of the official lists, and all of the test; files go to
    ``{split}/{stem}_landmarks.json``, classes follow from the names. In any other folder they are
    all pictures below it, files keep their folder, a first folder called train, validation, val or
    test is the split and the folders after it are the class.

    Args:
        images: Folder of the pictures.
        out: Folder of the landmark files; what is in it is not looked at.
        problems: Gets what is wrong with files: strays, pictures that no list names, entries
            without picture, two pictures for one landmark file.

    Raises:
        LandmarkError: No such folder, or no picture in it.
    """
    if not images.is_dir():
        raise LandmarkError(f'{images}: no such folder')
    splits = [split for split in SPLITS if hand_folder(images, split).is_dir()]
    tasks = _of_ouhands(images, splits, problems) if splits else _of_folder(images, out, problems)
    if not tasks:
        raise LandmarkError(f'{images}: no pictures in this folder')
    return tasks


def _of_ouhands(root: Path, splits: list[str], problems: Problems) -> list[ExtractionTask]:
    return [
        ExtractionTask(
            picture=path,
            name=path.relative_to(root).as_posix(),
            split=split,
            group=str(gesture_of(name)),
            target=f'{split}/{path.stem}{LANDMARK_ENDING}',
        )
        for split in splits
        for name, path in listed_pictures(root, split, problems, problems).items()
        if path is not None
    ]


def _of_folder(root: Path, out: Path, problems: Problems) -> list[ExtractionTask]:
    root, out = root.resolve(), out.resolve()
    tasks: dict[str, ExtractionTask] = {}
    for path in sorted(path for path in root.rglob('*') if path.is_file()):
        relative = path.relative_to(root)
        if any(part.startswith('.') for part in relative.parts) or _is_output(path, root, out):
            continue
        if not is_picture(path.name):
            problems.add(relative.as_posix(), STRAY)
            continue
        target = relative.with_name(f'{path.stem}{LANDMARK_ENDING}').as_posix()
        if target in tasks:
            problems.add(relative.as_posix(), TWO_PICTURES, f'{tasks[target].name} is used')
            continue
        split, group = _split_and_group(relative.parent.parts)
        tasks[target] = ExtractionTask(path, relative.as_posix(), split, group, target)
    return list(tasks.values())


def _is_output(path: Path, root: Path, out: Path) -> bool:
    if out != root:
        return path.is_relative_to(out)
    return path == out / REPORT or path.name.endswith(LANDMARK_ENDING)


def _split_and_group(folders: tuple[str, ...]) -> tuple[str, str]:
    if folders and folders[0].lower() in _SPLIT_NAMES:
        return folders[0], '/'.join(folders[1:])
    return '', '/'.join(folders)
