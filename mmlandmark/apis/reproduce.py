"""Runs of the shipped converter configs, each in a process of its own, as rows of a table."""

from __future__ import annotations

import multiprocessing
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.runner import Runner

from mmlandmark.apis.launch import check_testing, check_training
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional import render_table
from mmlandmark.schemas.locate import configs_root


def reproduce(task: str, network: str, work_dir: str | Path) -> dict[str, Any]:
    """Train ``configs/converter/TASK_NETWORK.py`` and test its best checkpoint.

    Args:
        task: As ``coco17-to-mpii16``.
        network: As ``residual``.
        work_dir: The run's folder and log go below it.

    Returns:
        ``task``, ``network``, ``cpu_seconds`` of the training (all threads, validation included),
        ``checkpoint`` and ``comparison``, the test evaluator's.

    Raises:
        LandmarkError: The run failed; names its log.
    """
    name = f'{task}_{network}'
    folder = Path(work_dir) / name
    folder.mkdir(parents=True, exist_ok=True)
    # a fork shares the imports, and each run has its own logger, visualizer and random state
    context = multiprocessing.get_context('fork')
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(name, folder, sender))
    process.start()
    sender.close()
    try:
        result = receiver.recv()
    except EOFError:
        result = None
    process.join()
    if result is None:
        raise LandmarkError(f'{name}: the run failed; see {folder / "run.log"}')
    return dict(task=task, network=network, **result)


def _run(name: str, folder: Path, sender: Connection) -> None:
    with (folder / 'run.log').open('w') as log, redirect_stdout(log), redirect_stderr(log):
        try:
            sender.send(_train_and_test(name, folder))
        except Exception:
            traceback.print_exc()
        finally:
            sender.close()


def _train_and_test(name: str, folder: Path) -> dict[str, Any]:
    for old in folder.glob('best_*.pth'):
        old.unlink()
    cfg = Config.fromfile(configs_root() / 'converter' / f'{name}.py')
    cfg.work_dir = str(folder)
    runner = Runner.from_cfg(cfg)
    check_training(runner)
    start = time.process_time()
    runner.train()
    seconds = time.process_time() - start
    best = next(folder.glob('best_*.pth'))
    cfg.load_from, cfg.visualizer.name = str(best), 'test'
    runner = Runner.from_cfg(cfg)
    check_testing(runner)
    runner.test()
    comparison = runner.test_evaluator.comparison
    return dict(cpu_seconds=seconds, checkpoint=best.name, comparison=comparison)


def markdown_tables(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return one table a task: its baselines once, then a line for each network."""
    parts = []
    for task in dict.fromkeys(row['task'] for row in rows):
        own = [row for row in rows if row['task'] == task]
        lines = []
        for baseline in ('mapping', 'affine'):
            trained = any(row['network'] == baseline for row in own)
            if not trained and baseline in own[0]['comparison']['methods']:
                lines.append(_line(own[0], baseline, f'{baseline} (not trained)'))
        lines += [_line(row, 'model', row['network']) for row in own]
        parts.append(f'### {task}\n\n{render_table(lines, style="markdown")}')
    return '\n\n'.join(parts)


def _line(row: Mapping[str, Any], method: str, label: str) -> dict[str, Any]:
    line: dict[str, Any] = {'method': label}
    first = None
    for key, metric in row['comparison']['metrics'].items():
        entry = metric['methods'].get(method, {})
        first = first or entry
        unit = f' ({metric["unit"]})' if metric['unit'] else ''
        line[f'{key}{unit}'] = entry.get('value')
    for count in ('num_instances', 'num_points', 'num_excluded', 'coverage'):
        line[count.removeprefix('num_')] = (first or {}).get(count)
    line['CPU s'] = round(row['cpu_seconds'], 1) if method == 'model' else None
    return line
