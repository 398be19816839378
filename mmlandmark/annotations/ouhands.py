"""OUHANDS: pictures of hand gestures, with landmark files of 21 points beside them.

Matilainen et al., OUHANDS database for hand detection and pose recognition, IPTA 2016. The
landmark files are not part of the release: a hand detector makes them, and where it finds no hand
there is none. That loss differs between the classes, so it is counted per class.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from mmlandmark.annotations.hand_landmarks import HandLandmarks, read_hand_landmarks
from mmlandmark.annotations.ouhands_layout import (
    LANDMARK_ENDING,
    STRAY,
    check_split,
    count_gestures,
    files_of,
    gesture_of,
    hand_folder,
    read_hand_box,
)
from mmlandmark.annotations.ouhands_pictures import listed_pictures, measure_pictures
from mmlandmark.annotations.ouhands_result import RawHands
from mmlandmark.annotations.release_problems import OTHER_SIZE, UNREADABLE_LABEL, Problems
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import KeypointSchema, get_schema

#: The folder of the landmark files.
LANDMARKS = 'landmarks'
WITHOUT_DEPTH = 'no z, 2-D only'
NO_BOX_FILE = 'no box file'
UNREADABLE_BOX = 'unreadable box'


def read_ouhands(
    root: str | os.PathLike,
    split: str,
    schema: str | KeypointSchema = 'hand21',
    *,
    landmarks: str = LANDMARKS,
    skip_defects: bool = False,
    check_pictures: bool = True,
) -> RawHands:
    """Read one split: the official list, pictures, landmark files and boxes.

    Everything is found by the names of the list below ``root``. A picture without a landmark file
    is counted and left out. What makes a hand unusable is an error: a landmark file that cannot be
    read or has another number of points, a list entry without picture or of no class, a picture
    of validation that train lists too, a picture that cannot be decoded; a box file that cannot be
    read as well. What does no harm is noted: stray files, pictures that no list names, entries
    listed twice, missing box files, files without z, and an ``image_shape`` that is not the
    picture's (whose own size is then taken).

    Args:
        root: Folder of the release.
        split: ``train``, ``validation`` or ``test`` (all pictures of the test folder).
        schema: Schema of the points.
        landmarks: Folder of the landmark files, one subfolder per split, relative to ``root``.
        skip_defects: Leave what is unusable out, and count it.
        check_pictures: Decode every picture, so that damaged ones are found here and not drawn
            half black in training; else only their headers are read.

    Raises:
        LandmarkError: Folders or lists are missing, no hand is usable, or there is a defect.
    """
    check_split(split)
    root = Path(root)
    if not root.is_dir():
        raise LandmarkError(
            f'{root}: no such folder; expected OUHANDS_train and OUHANDS_test in it'
        )
    schema = get_schema(schema)
    defects, notes = Problems(strict=not skip_defects), Problems(strict=False)
    pictures = listed_pictures(root, split, defects, notes)
    folder = root / landmarks / split
    labels = _labels(folder, root, pictures, notes)
    there = {name: path for name, path in pictures.items() if path and name in labels}
    found = _read_labels({name: labels[name] for name in there}, root, schema, defects)
    sizes = measure_pictures(root, [there[name] for name in found], check_pictures, defects)
    measured = {name: size for name, size in zip(found, sizes, strict=True) if size}
    if not measured:
        first = f', the first is {defects[0]}' if defects else ''
        raise LandmarkError(
            f'{root}: no hand of {split} that can be used; {len(pictures)} pictures, '
            f'{len(labels)} with a landmark file, {len(defects)} defects{first}'
        )
    _note_labels({name: found[name] for name in measured}, measured, labels, root, notes)
    hands = [found[name] for name in measured]
    return RawHands(
        root=root,
        split=split,
        schema=schema,
        pictures=[there[name].relative_to(root).as_posix() for name in measured],
        files=[labels[name].relative_to(root).as_posix() for name in measured],
        landmarks=np.stack([hand.points for hand in hands]),
        sizes=np.array(list(measured.values()), dtype=np.int64),
        boxes=_read_boxes(hand_folder(root, split), measured, root, defects, notes),
        gestures=[str(gesture_of(name)) for name in measured],
        handedness=[hand.handedness for hand in hands],
        scores=np.array([hand.score for hand in hands]),
        listed=_count(pictures),
        without_landmarks=_count(
            name for name, path in pictures.items() if path and name not in labels
        ),
        defects=list(defects),
        notes=list(notes),
    )


def _labels(folder: Path, root: Path, pictures: Iterable[str], notes: Problems) -> dict[str, Path]:
    """Name of a picture -> its landmark file, for those that have one."""
    try:
        files = files_of(folder)
    except LandmarkError as error:
        raise LandmarkError(
            f'{error}; expected NAME{LANDMARK_ENDING}, such as extract_hand_landmarks.py writes'
        ) from None
    wanted = {f'{Path(name).stem}{LANDMARK_ENDING}': name for name in pictures}
    for name, path in files.items():
        if name not in wanted:
            notes.add(path.relative_to(root).as_posix(), STRAY)
    return {picture: files[name] for name, picture in wanted.items() if name in files}


def _read_labels(
    labels: Mapping[str, Path], root: Path, schema: KeypointSchema, defects: Problems
) -> dict[str, HandLandmarks]:
    found = {}
    for name, path in labels.items():
        try:
            found[name] = read_hand_landmarks(path, schema.keypoints)
        except LandmarkError as error:
            detail = str(error).removeprefix(f'{path}: ')
            defects.add(path.relative_to(root).as_posix(), UNREADABLE_LABEL, detail)
    return found


def _note_labels(
    hands: Mapping[str, HandLandmarks],
    sizes: Mapping[str, tuple[int, int]],
    labels: Mapping[str, Path],
    root: Path,
    notes: Problems,
) -> None:
    for name, hand in hands.items():
        file = labels[name].relative_to(root).as_posix()
        if np.isnan(hand.points[:, 2]).all():
            notes.add(file, WITHOUT_DEPTH)
        if hand.size not in (None, sizes[name]):
            notes.add(file, OTHER_SIZE, f'image_shape says {hand.size}; it is {sizes[name]}')


def _read_boxes(
    folder: Path, names: Iterable[str], root: Path, defects: Problems, notes: Problems
) -> np.ndarray:
    boxes = []
    for name in names:
        path = folder / 'bounding_box' / f'{Path(name).stem}.txt'
        file, box = path.relative_to(root).as_posix(), np.full(4, np.nan)
        if not path.is_file():
            notes.add(file, NO_BOX_FILE)
        else:
            try:
                box = read_hand_box(path)
            except LandmarkError as error:
                defects.add(file, UNREADABLE_BOX, str(error).removeprefix(f'{path}: '))
        boxes.append(box)
    return np.stack(boxes)


def _count(names: Iterable[str]) -> dict[str, int]:
    return count_gestures(str(gesture_of(name)) for name in names)
