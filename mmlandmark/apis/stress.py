"""What a trained converter does without some of its sources, and whether it knows what it knows."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from mmengine.structures import InstanceData
from mmpose.registry import DATASETS, EVALUATORS, METRICS, MODELS

from mmlandmark.errors import LandmarkError
from mmlandmark.progress import track, waiting


@dataclass(frozen=True)
class StressResult:
    """One row of the result.

    Args:
        name: What was done.
        figures: Metrics of the model by key, as the configured test evaluator gives them.
        inferred: Share of the target points that were flagged as inferred.
        farthest: Largest distance of any predicted point from its instance's labelled source
            points' centroid, in units of the largest such distance in the ground truth of all.
    """

    name: str
    figures: dict[str, float]
    inferred: float
    farthest: float


def stress_converter(
    config: str,
    checkpoint: str,
    drop: Sequence[int] = (1, 3, 6),
    keep: Sequence[float] = (),
    seed: int = 0,
    options: dict[str, Any] | None = None,
) -> list[StressResult]:
    """Test a converter on its config's test pairs, whole and with points withheld.

    Args:
        config: Config file of a ``LandmarkConverter``.
        checkpoint: Its checkpoint.
        drop: For each number: that many labelled source points of each instance are hidden, chosen
            at random.
        keep: For each share: only the surest points are judged, by predicted score; the converter
            must predict an uncertainty.
        seed: Of the choice of points.
        options: Overrides of the config, as ``--cfg-options`` gives them.

    Returns:
        The whole test first, then, where sources are missing by themselves, that over the target
        points that had theirs, then one result for each ``drop`` and each ``keep``.

    Raises:
        LandmarkError: A number or share makes no sense, or the converter states no uncertainty.
    """
    cfg = Config.fromfile(config)
    cfg.merge_from_dict(options or {})
    init_default_scope(cfg.get('default_scope', 'mmpose'))
    model = MODELS.build(cfg.model)
    load_checkpoint(model, checkpoint, map_location='cpu')
    model.eval()
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    num_source = dataset.source_schema.num_keypoints
    for number in drop:
        if not 0 < number < num_source:
            raise LandmarkError(f'cannot drop {number} of {num_source} points')
    for share in keep:
        if not 0 < share < 1:
            raise LandmarkError(f'cannot keep a share of {share}, expected between 0 and 1')
    if keep and model.head.converter.uncertainty is None:
        raise LandmarkError(f'{config}: the converter predicts no uncertainty to choose points by')
    run = _Run(cfg, model, dataset)
    with waiting('all points'):
        results = [run('all points', dataset.arrays())]
        if results[0].inferred > 0:
            results.append(run('points not inferred', dataset.arrays(), given_only=True))
    generator = np.random.default_rng(seed)
    for number in track(drop, 'with points dropped'):
        hidden = _hide(dataset.arrays(), number, generator)
        results.append(run(f'{number} source points dropped', hidden))
    for share in track(keep, 'with the surest points'):
        results.append(run(f'surest {share:.0%} judged', dataset.arrays(), keep=share))
    return results


class _Run:
    def __init__(self, cfg: Config, model: Any, dataset: Any) -> None:
        self.model, self.dataset = model, dataset
        self.metrics = [METRICS.build(m) for m in _metric_configs(cfg.test_evaluator)]

    def __call__(
        self, name: str, arrays: dict, keep: float | None = None, given_only: bool = False
    ) -> StressResult:
        data = self.model.data_preprocessor(arrays, training=False)
        with torch.no_grad():
            samples = self.model(**data, mode='predict')
        if keep is not None:
            _judge_surest(samples, keep)
        if given_only:
            for sample in samples:
                _unlabel(sample.gt_instances, sample.pred_instances.keypoints_inferred)
        evaluator = EVALUATORS.build(
            dict(type='mmengine.Evaluator', metrics=copy.deepcopy(self.metrics))
        )
        evaluator.dataset_meta = self.dataset.metainfo
        evaluator.process(samples)
        figures = evaluator.evaluate(len(samples))
        inferred = np.concatenate([s.pred_instances.keypoints_inferred for s in samples])
        return StressResult(name, figures, float(inferred.mean()), _farthest(data, samples))


def _metric_configs(evaluator: Any) -> list[dict]:
    if isinstance(evaluator, dict) and 'metrics' in evaluator:
        evaluator = evaluator['metrics']
    return list(evaluator) if isinstance(evaluator, (list, tuple)) else [evaluator]


def _hide(arrays: dict, number: int, generator: np.random.Generator) -> dict:
    visible = arrays['inputs']['keypoints_visible']
    order = generator.random(tuple(visible.shape))
    order[visible.numpy() == 0] = 2
    rank = order.argsort(1).argsort(1)
    kept = torch.where(torch.as_tensor(rank) < number, 0, visible)
    return dict(arrays, inputs=dict(arrays['inputs'], keypoints_visible=kept.to(visible.dtype)))


def _judge_surest(samples: list, keep: float) -> None:
    """Take the labels of the least certain supervised points away, over all instances."""
    scores = np.concatenate([s.pred_instances.keypoint_scores for s in samples])
    labelled = np.concatenate([s.gt_instances.keypoints_visible for s in samples]) > 0
    limit = np.quantile(scores[labelled], 1 - keep)
    for sample in samples:
        _unlabel(sample.gt_instances, sample.pred_instances.keypoint_scores < limit)


def _unlabel(truth: InstanceData, chosen: np.ndarray) -> None:
    truth.keypoints_visible = np.where(chosen, 0, truth.keypoints_visible)


def _farthest(data: dict, samples: list) -> float:
    truth, visible = data['data_samples']['keypoints'], data['data_samples']['keypoints_visible']
    seen = (data['inputs']['keypoints_visible'] > 0)[..., None]
    source = torch.where(seen, data['inputs']['keypoints'], 0.0)
    center = source.sum(1, keepdim=True) / seen.sum(1, keepdim=True).clamp(min=1)
    unit = data['inputs']['unit'][:, None]
    predicted = torch.as_tensor(np.concatenate([s.pred_instances.keypoints for s in samples]))
    reach = (predicted - center).norm(dim=-1) / unit
    real = torch.where(visible > 0, (truth - center).norm(dim=-1) / unit, 0.0)
    return float(reach.max() / real.max())
