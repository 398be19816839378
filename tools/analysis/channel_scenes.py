"""Made-up points, maps and samples of channel keypoints for benchmark_channels.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from mmlandmark.evaluation.functional import ChannelPoints


def channel_points(
    images: int, channels: int, truths: int, detections: int, size: float = 128.0
) -> tuple[ChannelPoints, ChannelPoints, np.ndarray]:
    """Ground truth, detections and their scores; as many detections as truths lie near one.

    Those near a ground truth tend to have the higher scores, as a trained model's do.
    """
    rng = np.random.default_rng(0)
    groups = images * channels
    there = rng.uniform(0, size, (groups, truths, 2))
    found = rng.uniform(0, size, (groups, detections, 2))
    near = min(truths, detections)
    found[:, :near] = there[:, :near] + rng.normal(0, 1.5, (groups, near, 2))
    scores = rng.uniform(0, 0.8, (groups, detections))
    scores[:, :near] += 0.2
    return _listed(there, channels), _listed(found, channels), scores.reshape(-1)


def _listed(points: np.ndarray, channels: int) -> ChannelPoints:
    group = np.repeat(np.arange(len(points)), points.shape[1])
    return ChannelPoints(points.reshape(-1, 2), group % channels, group // channels)


def gaussian_maps(num: int, size: int, points: int, sigma: float = 3.0) -> torch.Tensor:
    """Maps (num, size, size) of Gaussians at places of no special kind, with a little noise."""
    generator = torch.Generator().manual_seed(0)
    centres = torch.rand(num, points, 2, 1, generator=generator) * size
    lines = torch.exp(-((torch.arange(size) + 0.5 - centres) ** 2) / (2 * sigma**2))
    maps = torch.rand(num, size, size, generator=generator) * 0.02
    for across, down in lines.permute(1, 2, 0, 3):
        maps = torch.maximum(maps, down[:, :, None] * across[:, None])
    return maps


def blank_sample(number: int, channels: Sequence[str], size: int = 128) -> dict[str, Any]:
    """A picture of noise with four points in each channel, as a pipeline packs it."""
    from mmengine.structures import InstanceData
    from mmpose.structures import PoseDataSample

    generator = torch.Generator().manual_seed(number)
    sample = PoseDataSample(
        metainfo={
            'img_path': f'{number}.png',
            'img_id': number,
            'ori_shape': (size, size),
            'img_shape': (size, size),
            'channel_names': tuple(channels),
            'to_picture': np.eye(2, 3),
            'dropped_points': np.zeros(len(channels), np.int64),
        }
    )
    ids = torch.arange(len(channels)).repeat_interleave(4)
    sample.gt_instances = InstanceData(
        points=torch.rand(len(ids), 2, generator=generator) * size, channels=ids
    )
    picture = torch.randint(256, (3, size, size), generator=generator, dtype=torch.uint8)
    return {'inputs': picture, 'data_samples': sample}
