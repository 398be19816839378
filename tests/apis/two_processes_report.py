"""A report of two data sets, of which each process evaluates a share."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import mmlandmark  # noqa: F401

# isort: split
from evaluation.evaluators.mixed_samples import (
    COCO,
    MPII,
    Member,
    joined_meta,
    point_member,
    shuffled,
)
from mmengine.config import Config
from mmengine.dist import get_rank, get_world_size

from apis.reports import Data
from mmlandmark.apis.report_test import ReportHook
from mmlandmark.evaluation.evaluators import PerDatasetEvaluator

NME = dict(type='LandmarkNME', norm='bbox', scale=100)


def build() -> tuple[list[Member], list[dict], PerDatasetEvaluator]:
    """Two data sets, their 15 samples in one order, and what measures them."""
    members = [point_member('coco', COCO, 8, noise=5), point_member('mpii', MPII, 7, noise=3)]
    return members, shuffled(*members), PerDatasetEvaluator({'coco': NME, 'mpii': NME})


def work(folder: Path) -> None:
    """Measure this process's share, the last of it padding; only one process writes."""
    members, samples, evaluator = build()
    rank, world, count = get_rank(), get_world_size(), len(samples)
    (folder / f'{rank}.py').write_text('a = 1')
    evaluator.dataset_meta = joined_meta(*members)
    runner = SimpleNamespace(
        test_loop=SimpleNamespace(evaluator=evaluator),
        test_dataloader=SimpleNamespace(dataset=Data(count)),
        cfg=Config(dict(load_from='best.pth'), filename=str(folder / f'{rank}.py')),
        world_size=world,
        log_dir=str(folder),
    )
    path = folder / ('both.html' if rank == 0 else 'other.html')
    hook = ReportHook(path, 1)
    hook.before_test(runner)
    own = [samples[(rank + world * i) % count] for i in range(-(-count // world))]
    evaluator.process(own)
    hook.after_test_iter(runner, 0, None, own)
    hook.after_test_epoch(runner, evaluator.evaluate(count))
    (folder / f'{rank}.txt').write_text('written' if path.exists() else 'nothing written')
