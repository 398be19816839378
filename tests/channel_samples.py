"""A sample of channel keypoints whose keypoints can be found again in the picture."""

from __future__ import annotations

from typing import Any

import numpy as np


def spots(width: int, height: int, points: np.ndarray, spread: float = 2.0) -> np.ndarray:
    """A black picture with a spot about each point, each brighter than the next in one colour."""
    y, x = np.mgrid[:height, :width] + 0.5
    picture = np.zeros((height, width, 3))
    for channel, point in enumerate(points[:3]):
        square = (x - point[0]) ** 2 + (y - point[1]) ** 2
        picture[..., channel] = 255 * np.exp(-square / (2 * spread**2))
    return np.round(picture).astype(np.uint8)


def centres(picture: np.ndarray) -> np.ndarray:
    """The centre of mass of each colour, (3, 2), from the corner of the picture."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[:height, :width] + 0.5
    mass = picture.astype(float)
    mass[mass < 3] = 0  # what rounding has left of the tails
    total = mass.sum(axis=(0, 1))
    return np.stack([(mass * c[..., None]).sum(axis=(0, 1)) / total for c in (x, y)], axis=1)


def sample(points: np.ndarray, width: int = 64, height: int = 48, **keys: Any) -> dict[str, Any]:
    """A sample before its transforms; points of channels 0, 1, 2, 0, 1, ..."""
    points = np.asarray(points, dtype=np.float32).reshape(-1, 2)
    return {
        'img': spots(width, height, points),
        'img_path': 'a.png',
        'img_id': 3,
        'img_shape': (height, width),
        'ori_shape': (height, width),
        'channel_names': ('left', 'right', 'top'),
        'channel_points': points,
        'channel_ids': np.arange(len(points)) % 3,
        'channel_depths': np.arange(len(points), dtype=np.float32),
        'to_picture': np.eye(2, 3),
        'dropped_points': np.zeros(3, dtype=np.int64),
        'dataset_name': 'spots',
        'flip_channels': (('left', 'right'),),
        **keys,
    }
