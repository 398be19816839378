"""What one process of several finds: figures over covered keypoints, and a file of pairs."""

from __future__ import annotations

import json
from pathlib import Path

import mmlandmark  # noqa: F401

# isort: split
import numpy as np
from mmengine.dist import get_rank, get_world_size
from mmengine.evaluator import Evaluator
from mmengine.registry import DefaultScope

from evaluation.metrics.covered_people import (
    COCO,
    COVERED,
    metainfo,
    people,
    samples,
    write_coco,
)

NUM = 7


def evaluate(folder: Path) -> dict[str, float]:
    """Measure this process's share of the samples, the last of it padding."""
    truth, visible = people(NUM)
    rng = np.random.default_rng(2)
    pred, scores = truth + rng.normal(0, 6, truth.shape), rng.uniform(0.3, 1, visible.shape)
    made = samples(pred, scores, truth, visible, COVERED)
    rank, world = get_rank(), get_world_size()
    size = -(-NUM // world)
    mine = [made[(rank + world * step) % NUM] for step in range(size)]
    file = write_coco(folder / f'{world}.{rank}.coco.json', truth, visible, list(COCO.keypoints))
    with DefaultScope.overwrite_default_scope('mmpose'):
        evaluator = Evaluator(
            [
                dict(type='CoveredMetric', metric=[dict(type='LandmarkPCK', norm='bbox')]),
                dict(type='CoveredCocoMetric', ann_file=str(file)),
                dict(type='PairDump', out_file=str(folder / f'pairs.{world}.json')),
            ]
        )
    evaluator.dataset_meta = metainfo(COCO)
    evaluator.process(mine)
    return evaluator.evaluate(NUM)


def work(folder: Path) -> None:
    """Measure; the figures go into a file."""
    (folder / f'{get_rank()}.json').write_text(json.dumps(evaluate(folder)))
