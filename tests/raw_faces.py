"""Small raw releases of faces for tests, in the layouts of DogFLW and CatFLW."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

WIDTH, HEIGHT = 96, 64


def face_points(seed: int, count: int = 46) -> list[list[float]]:
    """Return points well inside a picture of ``WIDTH`` x ``HEIGHT``."""
    rng = np.random.default_rng(seed)
    return np.round(rng.uniform((20, 15), (70, 50), (count, 2)), 2).tolist()


def write_label(path: Path, points: list, box: object = ('10', '5', '80', '60'), **other) -> Path:
    """Write a label file, with the box as the texts that DogFLW has."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {'labels': points, 'bounding_boxes': list(box) if isinstance(box, tuple) else box}
    path.write_text(json.dumps({**content, **other}))
    return path


def write_picture(path: Path, seed: int = 0, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Path:
    """Write a picture of noise, width and height as given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    assert cv2.imwrite(str(path), pixels)
    return path


def dog_release(root: Path, breeds: int = 4, shots: int = 3, *, pictures: bool = True) -> Path:
    """Write ``train`` of so many breeds and faces each, and ``test`` of one face per breed."""
    for breed in range(breeds):
        for shot in range(shots + 1):
            part = 'train' if shot < shots else 'test'
            stem = f'n0208{breed:04d}_{shot}'
            write_label(root / part / 'labels' / f'{stem}.json', face_points(10 * breed + shot))
            if pictures:
                write_picture(root / part / 'images' / f'{stem}.png', shot)
    return root


def cat_release(root: Path, subjects: int = 20, shots: int = 2) -> Path:
    """Write a flat release of cats with the other spelling of its keys, numbers for boxes."""
    for subject in range(subjects):
        for shot in range(shots):
            stem = f'CAT_00_{subject:08d}_{shot:03d}'
            path = root / 'labels' / f'{stem}.json'
            path.parent.mkdir(parents=True, exist_ok=True)
            points = face_points(10 * subject + shot, 48)
            path.write_text(json.dumps({'landmarks': points, 'bbox': [10, 5.5, 80, 60]}))
            write_picture(root / 'images' / f'{stem}.jpg', shot)
    return root
