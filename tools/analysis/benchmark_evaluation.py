"""Measure what evaluating costs: seconds and memory of our metrics and of MMPose's.

Each measurement has processes of its own, so that memory is that of one metric. Samples are made
on the way and are forgotten but for what a metric keeps. Rivals take turns.

Example:
    python tools/analysis/benchmark_evaluation.py --out evaluation.json
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import mmlandmark  # noqa: F401

# isort: split
import numpy as np
import torch
from benchmark_run import Row, run_benchmark
from mmengine.dist import get_rank, get_world_size
from mmengine.evaluator import Evaluator
from mmengine.logging import MMLogger
from mmengine.registry import DefaultScope

from mmlandmark.errors import LandmarkError
from mmlandmark.options import count

OURS, STOCK = 'ours', 'MMPose'
NME = {
    OURS: dict(type='LandmarkNME', norm='bbox'),
    STOCK: dict(type='NME', norm_mode='use_norm_item', norm_item='bbox_size'),
}
PCK = {OURS: dict(type='LandmarkPCK', thr=0.05, norm='bbox'), STOCK: dict(type='PCKAccuracy')}
AUC = {OURS: dict(type='LandmarkAUC', norm='pixel', max_threshold=30), STOCK: dict(type='AUC')}
EPE = {OURS: dict(type='LandmarkMPJPE'), STOCK: dict(type='EPE')}
CASES = {'NME': [NME], 'PCK': [PCK], 'AUC': [AUC], 'EPE': [EPE], 'all': [NME, PCK, AUC, EPE]}
UNITS = {'process': 's', 'evaluate': 's', 'kept': 'MiB', 'peak': 'MiB'}
MIB = 2**20


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('--metrics', nargs='+', choices=list(CASES), default=list(CASES))
    add('--samples', type=count, default=100_000)
    add('--keypoints', type=count, default=68)
    add('--batch-size', type=count, default=64)
    add('--processes', nargs='+', type=count, default=[1], help='numbers of processes (gloo)')
    add('--repeats', type=count, default=3, help='rounds of each comparison')
    add('--out', help='write the results there as JSON')
    add('--overwrite', action='store_true', help='replace OUT')
    return parser.parse_args(argv)


def batches(samples: int, keypoints: int, size: int) -> Iterator[list[dict[str, Any]]]:
    """Make the samples of this process, in batches, as MMPose's top-down models give them."""
    rng = np.random.default_rng(get_rank())
    share = -(-samples // get_world_size())
    for start in range(0, share, size):
        count = min(size, share - start)
        target = rng.uniform(0, 300, (count, 1, keypoints, 2)).astype(np.float32)
        pred = target + rng.normal(0, 9, target.shape).astype(np.float32)
        visible = (rng.random(target.shape[:3]) < 0.9).astype(np.float32)
        boxes = np.concatenate([target.min(axis=2), target.max(axis=2)], axis=-1)
        # copies, as each sample of a loader has arrays of its own
        yield [
            dict(
                id=start + i,
                raw_ann_info={},
                pred_instances=dict(keypoints=pred[i].copy()),
                gt_instances=dict(
                    keypoints=target[i].copy(),
                    keypoints_visible=visible[i].copy(),
                    bboxes=boxes[i].copy(),
                ),
            )
            for i in range(count)
        ]


def memory() -> dict[str, float]:
    """Resident memory of this process now, and at most since it started, in MiB."""
    lines = Path('/proc/self/status').read_text().splitlines()
    found = dict(line.split(':') for line in lines if line.startswith(('VmRSS', 'VmHWM')))
    return {name: int(value.split()[0]) / 1024 for name, value in found.items()}


def take_part(
    configs: list[dict], rank: int, world: int, args: argparse.Namespace, pipe: Connection
) -> None:
    """Evaluate in a process of its own, and send what it cost."""
    torch.set_num_threads(1)
    MMLogger.get_instance('benchmark', log_level='ERROR')
    if world > 1:
        meeting = f'file://{os.getcwd()}/meeting'
        torch.distributed.init_process_group('gloo', meeting, rank=rank, world_size=world)
    with DefaultScope.overwrite_default_scope('mmpose'):
        evaluator = Evaluator([dict(config) for config in configs])
    evaluator.dataset_meta = {}
    before, processed = memory()['VmRSS'], 0.0
    for batch in batches(args.samples, args.keypoints, args.batch_size):
        start = time.process_time()
        evaluator.process(batch)
        processed += time.process_time() - start
    kept = memory()['VmRSS'] - before
    # alone it waits for nobody, and its own seconds are not those of others on the machine
    clock = time.process_time if world == 1 else time.perf_counter
    start = clock()
    evaluator.evaluate(args.samples)
    evaluated = clock() - start
    pipe.send(
        dict(process=processed, evaluate=evaluated, kept=kept, peak=memory()['VmHWM'] - before)
    )
    if world > 1:
        torch.distributed.destroy_process_group()


def measured(configs: list[dict], world: int, args: argparse.Namespace) -> dict[str, float]:
    """What evaluating costs the main process, with others beside it."""
    context = multiprocessing.get_context('fork')
    pipes = [context.Pipe(duplex=False) for _ in range(world)]
    here = os.getcwd()
    with TemporaryDirectory() as folder:
        os.chdir(folder)  # where MMEngine exchanges files
        try:
            parts = [
                context.Process(target=take_part, args=(configs, rank, world, args, out))
                for rank, (_, out) in enumerate(pipes)
            ]
            for part in parts:
                part.start()
            for part in parts:
                part.join()
        finally:
            os.chdir(here)
    if any(part.exitcode for part in parts):
        raise LandmarkError(f'a process that measured {configs[0]["type"]} failed; see above')
    return pipes[0][0].recv()


def rows_of(name: str, world: int, args: argparse.Namespace) -> list[dict[str, Any]]:
    """Compare ours and MMPose's."""
    found: dict[str, list[dict[str, float]]] = {OURS: [], STOCK: []}
    for _ in range(args.repeats):
        for who, costs in found.items():
            costs.append(measured([one[who] for one in CASES[name]], world, args))
    rows = []
    for what, unit in UNITS.items():
        ours, stock = ([cost[what] for cost in found[who]] for who in (OURS, STOCK))
        ratios = [b / max(a, 1e-9) for a, b in zip(ours, stock, strict=True)]
        rows.append(
            {
                'metric': name,
                'processes': world,
                'what': what,
                OURS: statistics.median(ours),
                STOCK: statistics.median(stock),
                'unit': unit,
                f'{STOCK} / {OURS}': statistics.median(ratios),
                'from': min(ratios),
                'to': max(ratios),
            }
        )
    return rows


def main(argv: Sequence[str] | None = None) -> int:
    """Run the chosen comparisons; 0 if all were measured, 2 if the input is wrong."""
    args = parse_args(argv)
    torch.set_num_threads(1)

    def measured() -> list[Row]:
        return [
            row
            for world in args.processes
            for name in args.metrics
            for row in rows_of(name, world, args)
        ]

    told = (
        f'{args.samples} samples of {args.keypoints} keypoints in batches of '
        f'{args.batch_size}, {args.repeats} rounds, medians; ratios within a round. Seconds of '
        'the process (evaluate with several processes: of the clock); memory of the main '
        'process, kept by the metrics and at most until the end'
    )
    return run_benchmark(args, measured, told)


if __name__ == '__main__':
    sys.exit(main())
