"""Training and testing with the shipped configs, as ``tools/train.py`` does, but quietly."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmlandmark.apis.demo_pairs import RATIOS, SEED, PairTask
from mmlandmark.apis.launch import check_testing, check_training
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import KeypointSchema, list_schemas
from mmlandmark.schemas.locate import configs_root

Progress = Callable[[int, int], None]
_STEPS_PER_EPOCH = 16  # so that the demo takes as long with many pairs as with few


@dataclass(frozen=True)
class Trained:
    """What a training left.

    Attributes:
        checkpoint: The best checkpoint.
        seconds: Of the training, its validation included.
        config: The config as it was run.
    """

    checkpoint: Path
    seconds: float
    config: Config


class _EpochProgress(Hook):
    def __init__(self, progress: Progress) -> None:
        self.progress = progress

    def after_train_epoch(self, runner: Runner) -> None:
        self.progress(runner.epoch + 1, runner.max_epochs)


def demo_config(name: str, task: PairTask, work_dir: Path, epochs: int) -> Config:
    """Return ``configs/converter/pairs_NAME.py`` for a task."""
    cfg = Config.fromfile(configs_root() / 'converter' / f'pairs_{name}.py')
    cfg.work_dir = str(work_dir)
    cfg.visualizer.name = str(work_dir)  # MMEngine hands out one visualizer for each name
    source, target = _reference(task.source), _reference(task.target)
    cfg.model.source_schema, cfg.model.target_schema = source, target
    for part in RATIOS:
        dataset = cfg[f'{part}_dataloader'].dataset
        dataset.ann_file = str(task.ann_file)
        dataset.source_schema, dataset.target_schema = source, target
        dataset.split = dict(by=task.group, ratios=dict(RATIOS), seed=SEED, part=part)
    train = len(task.parts['train'])
    batch = min(max(train // _STEPS_PER_EPOCH, 16), 512, train)
    cfg.train_dataloader.batch_size = batch
    _set_epochs(cfg, epochs)
    return cfg


def train(cfg: Config, log_file: Path, progress: Progress) -> Trained:
    """Train and return the best checkpoint; everything printed goes to ``log_file``."""
    with _quietly(log_file):
        runner = Runner.from_cfg(cfg)
        runner.register_hook(_EpochProgress(progress))
        check_training(runner)
        start = time.perf_counter()
        runner.train()
        seconds = time.perf_counter() - start
    best = sorted(Path(cfg.work_dir).glob('best_*.pth'))
    if not best:
        raise LandmarkError(f'{cfg.work_dir}: the training left no best checkpoint; see {log_file}')
    return Trained(best[-1], seconds, cfg)


def evaluate(trained: Trained, log_file: Path) -> dict[str, Any]:
    """Test a checkpoint beside its baselines; return the evaluator's comparison."""
    cfg = trained.config
    cfg.load_from = str(trained.checkpoint)
    with _quietly(log_file):
        runner = Runner.from_cfg(cfg)
        check_testing(runner)
        runner.test()
    return runner.test_evaluator.comparison


@contextmanager
def _quietly(log_file: Path) -> Iterator[None]:
    """Send what is printed to the end of a file."""
    with (
        log_file.open('a', encoding='utf-8') as file,
        redirect_stdout(file),
        redirect_stderr(file),
    ):
        yield


def _reference(schema: KeypointSchema) -> str | dict:
    return schema.name if schema.name in list_schemas() else schema.to_json()


def _set_epochs(cfg: Config, epochs: int) -> None:
    """Stretch or shorten a schedule as a whole."""
    full = cfg.train_cfg.get('max_epochs')
    if full is None:
        return
    cfg.train_cfg.max_epochs = epochs
    cfg.train_cfg.val_interval = min(cfg.train_cfg.val_interval, epochs)
    cfg.default_hooks.checkpoint.interval = min(cfg.default_hooks.checkpoint.interval, epochs)
    schedulers = []
    for scheduler in cfg.param_scheduler:
        changed = dict(scheduler)
        for key in {'begin', 'end', 'T_max'} & set(changed):
            changed[key] = max(round(changed[key] * epochs / full), int(key != 'begin'))
        if changed['end'] > changed['begin']:
            schedulers.append(changed)
    cfg.param_scheduler = schedulers
