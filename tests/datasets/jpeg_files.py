"""Picture files and samples of them, for tests of loading."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

FLIPS = (1, 0, 2)
INPUT = (96, 128)


def smooth_picture(width: int, height: int, blob: int = 40, seed: int = 0) -> np.ndarray:
    """Return (height, width, 3) uint8 without detail finer than ``blob`` pixels."""
    shape = (height // blob + 2, width // blob + 2, 3)
    seeds = np.random.default_rng(seed).uniform(0, 255, shape).astype(np.float32)
    picture = cv2.resize(seeds, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(picture, 0, 255).astype(np.uint8)


def write_picture(
    path: Path, picture: np.ndarray, mode: str = 'RGB', orientation: int = 1, **options: Any
) -> str:
    """Write a picture (blue, green, red) by Pillow; the ending of the path says of what kind."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(picture[..., ::-1]).convert(mode).save(path, exif=exif, **options)
    return str(path)


def sample(path: str, box: tuple[float, ...] = (150, 120, 450, 500), seed: int = 0) -> dict:
    """Return a sample as data sets of MMPose make it, with a box and three points in it."""
    low, high = np.array(box[:2]), np.array(box[2:])
    rng = np.random.default_rng(seed)
    points = low + rng.uniform(0.1, 0.9, (1, 3, 2)) * (high - low)
    return dict(
        img_path=path,
        img_id=0,
        id=7,
        bbox=np.array([box], dtype=np.float32),
        bbox_score=np.ones(1, dtype=np.float32),
        keypoints=points.astype(np.float32),
        keypoints_visible=np.ones((1, 3), dtype=np.float32),
        flip_indices=list(FLIPS),
        dataset_keypoint_weights=np.ones(3, dtype=np.float32),
        raw_ann_info=None,
    )


def pipeline(*between: dict, use_udp: bool = False, input_size: tuple[int, int] = INPUT) -> list:
    """Return a pipeline with transforms between the box and the crop."""
    return [
        dict(type='LoadImage'),
        dict(type='GetBBoxCenterScale'),
        *between,
        dict(type='TopdownAffine', input_size=input_size, use_udp=use_udp),
    ]


AUGMENTED = (
    dict(type='RandomFlip', direction='horizontal'),
    dict(type='RandomBBoxTransform', scale_factor=(0.7, 1.3), rotate_factor=45.0),
)
