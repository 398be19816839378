"""What one process of two does in the test that they give what one gives."""

from __future__ import annotations

import json
from pathlib import Path

import mmlandmark  # noqa: F401

# isort: split
import numpy as np
from mmengine.dist import get_rank, get_world_size

from mmlandmark.evaluation.evaluators import ConverterEvaluator
from mmlandmark.schemas import KeypointSchema

SIZE = 11
SCHEMA = KeypointSchema(name='five', keypoints=tuple('abcde'))


def make_samples() -> list[dict]:
    """Samples whose baseline lacks a point of the last one, which only one process sees."""
    rng = np.random.default_rng(0)
    target = rng.uniform(0, 200, (SIZE, 5, 2))
    visible = rng.choice([0, 2], (SIZE, 5), p=[0.3, 0.7])
    visible[-1] = 2
    model, affine = (target + rng.normal(0, spread, target.shape) for spread in (9, 12))
    given = np.full((SIZE, 5), 2, np.uint8)
    affine_given = given.copy()
    affine_given[-1, 0] = 0

    def instances(points: np.ndarray, seen: np.ndarray, i: int) -> dict:
        return {'keypoints': points[i : i + 1], 'keypoints_visible': seen[i : i + 1]}

    return [
        {
            'pred_instances': instances(model, given, i),
            'gt_instances': {
                **instances(target, visible, i),
                'bboxes': np.array([[0.0, 0.0, 50.0 + i, 20.0]]),
            },
            'baselines': {'affine': instances(affine, affine_given, i)},
        }
        for i in range(SIZE)
    ]


def evaluate(out_file: str) -> dict:
    """Two evaluations in a row, the second with cached baselines, on this process's share."""
    metrics = [{'type': 'LandmarkNME', 'norm': 'bbox'}, {'type': 'LandmarkPCK'}, {'type': 'EPE'}]
    evaluator = ConverterEvaluator(metrics, out_file=out_file)
    evaluator.dataset_meta = {'schema': SCHEMA}
    rank, world = get_rank(), get_world_size()
    samples = make_samples()
    # as MMEngine's DefaultSampler: interleaved, and padded from the start
    indices = [i % SIZE for i in range(rank, -(-SIZE // world) * world, world)]
    figures = []
    for _ in range(2):
        for start in range(0, len(indices), 4):
            evaluator.process([samples[i] for i in indices[start : start + 4]])
        figures.append(evaluator.evaluate(SIZE))
    return {'figures': figures, 'comparison': evaluator.comparison}


def work(folder: Path) -> None:
    """Measure; the outcome goes into a file."""
    outcome = evaluate(str(folder / 'comparison.json'))
    (folder / f'{get_rank()}.json').write_text(json.dumps(outcome))
