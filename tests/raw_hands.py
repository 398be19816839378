"""Small raw sets of hands for tests, in the layout of OUHANDS with landmark files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from raw_faces import write_picture

from mmlandmark.schemas import get_schema

HAND = get_schema('hand21')
WIDTH, HEIGHT = 64, 48
LISTS = 'OUHANDS_train/data_split_for_intermediate_tests'
COLOUR = 'OUHANDS_train/train/hand_data/colour'
BOXES = 'OUHANDS_train/train/hand_data/bounding_box'
NAMES: dict[str, tuple[str, ...]] = {
    'train': ('A-abc-0001.png', 'A-abc-0002.png', 'B-abc-0003.png', 'K-xyz-0004.png'),
    'validation': ('A-def-0001.png', 'C-def-0002.png'),
    'test': ('A-ghi-0001.png', 'D-ghi-0002.png', 'E-ghi-0003.png'),
}


def hand_points(seed: int) -> np.ndarray:
    """Return (21, 3) landmarks as a file has them: four decimals, z of the wrist 0."""
    rng = np.random.default_rng(seed)
    points = np.concatenate(
        [rng.uniform(0.2, 0.8, (21, 2)).round(4), rng.normal(0, 0.05, (21, 1)).round(5)], axis=1
    )
    points[0, 2] = 0.0
    return points


def landmark_content(points: np.ndarray, **other: Any) -> dict[str, Any]:
    """Return the content of a landmark file; its ``image_path`` is of another machine."""
    return {
        'image_path': '/elsewhere/picture.png',
        'image_shape': [HEIGHT, WIDTH, 3],
        'landmarks': [dict(zip('xyz', point, strict=True)) for point in points.tolist()],
        'handedness': {'label': 'Left', 'score': 0.75},
    } | other


def write_landmarks(path: Path, content: Mapping[str, Any]) -> Path:
    """Write a landmark file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def landmark_file(root: Path, split: str, name: str) -> Path:
    """Return the landmark file of a picture."""
    return root / 'landmarks' / split / f'{Path(name).stem}_landmarks.json'


def write_list(root: Path, split: str, names: Sequence[str]) -> None:
    """Write the official list of ``train`` or ``validation``."""
    folder = root / LISTS
    folder.mkdir(parents=True, exist_ok=True)
    file = {'train': 'training_files.txt', 'validation': 'validation_files.txt'}[split]
    (folder / file).write_text(''.join(f'{name}\n' for name in names))


def hand_release(root: Path) -> Path:
    """Write all three splits: ``NAMES``, each with a picture, landmarks and a box."""
    for split, names in NAMES.items():
        part = 'test' if split == 'test' else 'train'
        folder = root / f'OUHANDS_{part}' / part / 'hand_data'
        (folder / 'bounding_box').mkdir(parents=True, exist_ok=True)
        for seed, name in enumerate(names):
            write_picture(folder / 'colour' / name, seed, (WIDTH, HEIGHT))
            write_landmarks(landmark_file(root, split, name), landmark_content(hand_points(seed)))
            (folder / 'bounding_box' / f'{Path(name).stem}.txt').write_text('1\n10 8 44 35 \n')
        if split != 'test':
            write_list(root, split, names)
    return root
