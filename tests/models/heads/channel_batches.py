"""Samples of channel keypoints, as the pipeline makes them, and heads for them."""

from __future__ import annotations

from collections.abc import Sequence

import mmlandmark  # noqa: F401

# isort: split
import numpy as np
import torch
from mmengine.structures import InstanceData
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample

CHANNELS = ('corner', 'flap')


def channel_sample(
    size: tuple[int, int],
    points: Sequence[Sequence[float]],
    channels: Sequence[int],
    padded: tuple[int, int] | None = None,
    index: int = 0,
    names: Sequence[str] = CHANNELS,
) -> PoseDataSample:
    """A packed sample.

    Args:
        size: Height and width of the input.
        points: x and y in it.
        channels: Of each point.
        padded: Size of the batch that it is part of.
        index: Its id.
        names: Of the channels.
    """
    meta = dict(
        img_id=index,
        img_path=f'{index}.png',
        img_shape=size,
        ori_shape=size,
        batch_input_shape=padded or size,
        channel_names=tuple(names),
        to_picture=np.eye(2, 3),
        dataset_name='boxes',
    )
    labels = InstanceData(
        points=torch.tensor(points, dtype=torch.float32).reshape(-1, 2),
        channels=torch.tensor(channels, dtype=torch.int64),
        depths=torch.full((len(channels),), torch.nan),
    )
    return PoseDataSample(metainfo=meta, gt_instances=labels)


def random_samples(
    sizes: Sequence[tuple[int, int]],
    counts: Sequence[int],
    seed: int = 0,
    padded: tuple[int, int] | None = None,
) -> list[PoseDataSample]:
    """Samples of these sizes with so many points each; padded to the largest by default."""
    rng = torch.Generator().manual_seed(seed)
    padded = padded or tuple(max(lengths) for lengths in zip(*sizes, strict=True))
    samples = []
    for index, (size, count) in enumerate(zip(sizes, counts, strict=True)):
        points = torch.rand(count, 2, generator=rng) * torch.tensor(size[::-1])
        channels = torch.randint(0, len(CHANNELS), (count,), generator=rng)
        samples.append(channel_sample(size, points.tolist(), channels.tolist(), padded, index))
    return samples


def build(**options: object) -> torch.nn.Module:
    """A head for features of 8 channels, or what the options say."""
    torch.manual_seed(0)
    settings = dict(type='ChannelHeatmapHead', in_channels=8, channels=CHANNELS)
    return MODELS.build({**settings, **options})


def transparent(resolution: float = 1.0, **options: object) -> torch.nn.Module:
    """A head whose scores are its features, one for each channel."""
    head = build(
        in_channels=2, resolution=resolution, loss=dict(type='ChannelMSELoss'), **options
    ).eval()
    with torch.no_grad():
        head.layers.final.weight.copy_(torch.eye(2)[:, :, None, None])
        head.layers.final.bias.zero_()
    return head
