"""Data samples of channel keypoints, and what one process of several measures on them."""

from __future__ import annotations

import json
from pathlib import Path

import mmlandmark  # noqa: F401

# isort: split
import numpy as np
import torch
from mmengine.dist import get_rank, get_world_size
from mmengine.evaluator import Evaluator
from mmengine.registry import DefaultScope
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample

CHANNELS = ('corner', 'flap')
NUM = 7


def sample(number: int, truth, detections, **meta) -> PoseDataSample:
    """A sample of a picture of 80 x 60 that the model saw at half its size.

    Args:
        number: Names the picture.
        truth: Rows of channel, x, y in pixels of the picture.
        detections: Rows of channel, x, y, score.
    """
    truth = torch.as_tensor(truth, dtype=torch.float32).reshape(-1, 3)
    found = torch.as_tensor(detections, dtype=torch.float32).reshape(-1, 4)
    data = PoseDataSample(
        metainfo={
            'img_path': f'{number}.png',
            'img_id': number,
            'ori_shape': (60, 80),
            'channel_names': CHANNELS,
            'to_picture': np.array([[2.0, 0, 0], [0, 2.0, 0]]),
            'dropped_points': np.zeros(2, np.int64),
        }
        | meta
    )
    data.gt_instances = InstanceData(points=truth[:, 1:] / 2, channels=truth[:, 0].long())
    data.pred_instances = InstanceData(
        points=found[:, 1:3], channels=found[:, 0].long(), scores=found[:, 3]
    )
    return data


def some_samples(num: int = NUM) -> list[PoseDataSample]:
    """Samples with any number of points, one without any ground truth."""
    rng = np.random.default_rng(0)
    made = []
    for number in range(num):
        truth = rng.uniform(0, 60, (0 if number == 2 else rng.integers(1, 6), 3))
        truth[:, 0] = rng.integers(0, 2, len(truth))
        near = np.concatenate([truth + rng.normal(0, [[0, 1.5, 1.5]], truth.shape), truth[:1] + 9])
        near[:, 0] = np.clip(near[:, 0], 0, 1)
        made.append(sample(number, truth, np.c_[near, rng.random(len(near)).round(1)]))
    return made


def evaluate(folder: Path) -> dict[str, float]:
    """Measure this process's share of the samples, the last of it padding."""
    made = some_samples()
    rank, world = get_rank(), get_world_size()
    mine = [made[(rank + world * step) % NUM] for step in range(-(-NUM // world))]
    with DefaultScope.overwrite_default_scope('mmpose'):
        out_file = str(folder / f'ap.{world}.json')
        evaluator = Evaluator([dict(type='KeypointAveragePrecision', out_file=out_file)])
    evaluator.dataset_meta = {'channels': CHANNELS}
    evaluator.process([data.to_dict() for data in mine])
    return evaluator.evaluate(NUM)


def work(folder: Path) -> None:
    """Measure; the figures go into a file."""
    (folder / f'{get_rank()}.json').write_text(json.dumps(evaluate(folder)))
