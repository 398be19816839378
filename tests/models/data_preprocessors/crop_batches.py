"""Batches of crops with a margin, and the same samples as MMPose's pipeline gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from mmengine.registry import DefaultScope
from mmpose.datasets.transforms import RandomBBoxTransform, RandomFlip
from mmpose.registry import MODELS, TRANSFORMS

from mmlandmark.geometry.random_affine import BoxChanges
from mmlandmark.schemas import get_schema

SIZE = (48, 64)
SCHEMAS = dict(coco='coco17', mpii='mpii16')
LABELS = dict(type='KeypointLabels')
AFFINE = dict(shift_factor=0.1, rotate_factor=60, scale_factor=(0.75, 1.25))
NORMAL = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], bgr_to_rgb=True)


def picture(seed: int) -> np.ndarray:
    """A smooth picture of 120 x 140 pixels, BGR."""
    noise = np.random.default_rng(seed).integers(0, 256, (120, 140, 3)).astype(np.float32)
    blurred = cv2.GaussianBlur(noise, (0, 0), 5)
    return (127 + (blurred - 127) * 10).clip(0, 255).astype(np.uint8)


def raw_sample(position: int, name: str) -> dict[str, Any]:
    """What a data set and ``LoadImage`` give."""
    rng, schema = np.random.default_rng(position), get_schema(SCHEMAS[name])
    count = schema.num_keypoints
    corner = rng.uniform(20, 40, 2)
    return dict(
        img=picture(position),
        img_shape=(120, 140),
        ori_shape=(120, 140),
        id=position,
        img_id=position,
        img_path=f'{name}/{position}.jpg',
        dataset_name=name,
        bbox=np.array([[*corner, *(corner + rng.uniform(30, 60, 2))]], dtype=np.float32),
        bbox_score=np.ones(1, dtype=np.float32),
        keypoints=rng.uniform(10, 110, (1, count, 2)).astype(np.float32),
        keypoints_visible=(rng.uniform(size=(1, count)) < 0.8).astype(np.float32),
        dataset_keypoint_weights=np.ones(count, dtype=np.float32),
        flip_indices=schema.flip_indices.tolist(),
    )


def samples_of(names: Sequence[str], steps: Sequence[Any], encoder: dict) -> dict[str, Any]:
    """Return a collated batch.

    Args:
        names: The data set of each sample.
        steps: Transforms after ``GetBBoxCenterScale``: the same for all or a list for each sample.
        encoder: Of ``GenerateTarget``.
    """
    with DefaultScope.overwrite_default_scope('mmpose'):
        start = TRANSFORMS.build(dict(type='GetBBoxCenterScale'))
        end = [
            TRANSFORMS.build(dict(type='GenerateTarget', encoder=dict(encoder))),
            TRANSFORMS.build(dict(type='PackPoseInputs')),
        ]
        packed = []
        for position, name in enumerate(names):
            own = steps[position] if isinstance(steps[0], list) else steps
            own = [TRANSFORMS.build(step) if isinstance(step, dict) else step for step in own]
            sample = raw_sample(position, name)
            for step in (start, *own, *end):
                sample = step(sample)
            packed.append(sample)
        return pseudo_collate(packed)


def crop_batch(names: Sequence[str], udp: bool = False, **options: Any) -> dict[str, Any]:
    """Return a batch for the preprocessor under test."""
    crop = dict(type='CropWithMargin', input_size=SIZE, use_udp=udp)
    return samples_of(names, [crop | (options or dict(affine=AFFINE))], LABELS)


def stock_batch(
    names: Sequence[str], changes: BoxChanges | None, codec: dict, udp: bool = False
) -> dict[str, Any]:
    """Return MMPose's batch with given numbers, or without changes."""
    affine = dict(type='TopdownAffine', input_size=SIZE, use_udp=udp)
    if changes is None:
        return samples_of(names, [affine], codec)
    steps = []
    for row in range(len(names)):
        change = RandomBBoxTransform()
        drawn = changes.shift[row], changes.scale[row : row + 1, None], changes.rotation[row][None]
        change._get_transform_params = lambda num, drawn=drawn: drawn
        steps.append([RandomFlip(prob=float(changes.flip[row])), change, affine])
    return samples_of(names, steps, codec)


def build(**options: Any) -> torch.nn.Module:
    """Return the preprocessor under test."""
    with DefaultScope.overwrite_default_scope('mmpose'):
        return MODELS.build(dict(type='AugmentingPoseDataPreprocessor', **NORMAL) | options)


def stock() -> torch.nn.Module:
    """Return MMPose's preprocessor."""
    with DefaultScope.overwrite_default_scope('mmpose'):
        return MODELS.build(dict(type='PoseDataPreprocessor', **NORMAL))
