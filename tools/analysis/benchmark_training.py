"""Measure a training step against stock MMPose: same model, pictures and machine, in one run.

Parts: ``step`` (stock against the recommended options, with and without the loader), ``options``
(each option alone against stock, with the first of ``--workers``), ``profile`` (where the seconds
go, before and after), ``growth`` (a head's step with more keypoints and more data sets). Rivals are
processes that take turns, so that what else the machine does hits both. Pictures are drawn;
nothing is downloaded.

Example:
    python tools/analysis/benchmark_training.py --models RTMPose-t --sizes 128 --out training.json
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import product
from pathlib import Path

# Imports ask whether there is a GPU. That may start CUDA, which forked rivals could not use then.
os.environ.setdefault('PYTORCH_NVML_BASED_CUDA_CHECK', '1')

# isort: split
import torch
from benchmark_run import Row, compared, run_benchmark
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope
from rival_process import Rival
from training_cases import CONFIGS, Way, draw_pictures
from training_growth import growth_rows
from training_options import OPTIONS, RECOMMENDED
from training_profile import PARTS as PROFILED
from training_rivals import Round, Trainee

import mmlandmark  # noqa: F401
from mmlandmark.errors import LandmarkError
from mmlandmark.options import at_least, count

GOAL = 1.5
STOCK, OURS = 'stock', 'ours'


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('--parts', nargs='+', choices=list(PARTS), default=['step', 'profile'])
    add('--models', nargs='+', choices=list(CONFIGS), default=['MobileNetV2', 'RTMPose-t'])
    add('--sizes', nargs='+', type=count, default=[128, 256], help='sides of inputs')
    add('--options', nargs='+', choices=list(OPTIONS), default=list(RECOMMENDED))
    add(
        '--workers',
        nargs='+',
        type=at_least(-1),
        default=[-1, 0, 1],
        help='-1: the loader excluded',
    )
    add('--batch-size', type=count, default=32)
    add('--picture', nargs=2, type=count, default=[1024, 768], help='width and height of the JPEGs')
    add('--face', type=float, default=0.4, help='side of a box by the shorter side of the picture')
    add('--steps', type=count, default=2, help='steps a round')
    add('--repeats', type=count, default=3, help='rounds of each comparison')
    add('--threads', type=count, default=2, help='of torch; a worker has one of its own')
    add('--clock', choices=('wall', 'process'), default='wall', help='process: no workers')
    add('--keypoints', nargs='+', type=count, default=[17, 68, 133, 600], help='of the part growth')
    add('--datasets', nargs='+', type=count, default=[1, 3, 14], help='of the part growth')
    add('--device', default='cpu', help='cpu or cuda')
    add('--peak-tflops', type=float, help="the device's bf16 rate, to say what share is reached")
    add('--out', help='write the results there as JSON')
    add('--overwrite', action='store_true', help='replace OUT')
    return parser.parse_args(argv)


class Bench:
    """What the comparisons share.

    Args:
        args: The options.
        folder: Of the pictures.
    """

    def __init__(self, args: argparse.Namespace, folder: Path) -> None:
        self.args, self.folder = args, folder
        self.clock = time.process_time if args.clock == 'process' else time.perf_counter

    @contextmanager
    def rivals(
        self, model: str, size: int, options: Mapping[str, Sequence[str]]
    ) -> Iterator[dict[str, Rival]]:
        """Start a training for each name, with its options, in a process of its own."""
        args = self.args
        with ExitStack() as stack:
            found = {}
            for name, own in options.items():
                make = partial(Way, model, own, self.folder, size, args.batch_size, args.device)
                trainee = partial(Trainee, make, args.threads, args.clock)
                found[name] = stack.enter_context(Rival(trainee))
            yield found

    def measure(self, rivals: Mapping[str, Rival], workers: int) -> dict[str, list[Round]]:
        """Return the rounds of each rival, in turn, after one that warms up."""
        rounds: dict[str, list[Round]] = {name: [] for name in rivals}
        for turn in range(self.args.repeats + 1):
            for name, rival in rivals.items():
                found = rival.ask('round', self.args.steps if turn else 1, workers)
                if turn:
                    rounds[name].append(found)
        return rounds


def step_part(bench: Bench) -> list[Row]:
    """Compare the recommended options with stock."""
    rows, args = [], bench.args
    for model, size in product(args.models, args.sizes):
        with bench.rivals(model, size, {STOCK: (), OURS: args.options}) as rivals:
            flops = rivals[STOCK].ask('flops')
            for workers in args.workers:
                rounds = bench.measure(rivals, workers)
                what = f'{model}, {size} x {size}, {_loading(workers)}: stock / ours'
                row = _compared(what, rounds[OURS], rounds[STOCK], least=GOAL)
                rows.append(row | rates(args, flops, row['ours (s)']))
            for name, rival in rivals.items():
                what = f'{model}, {size} x {size}: peak memory, {name}'
                rows.append({'what': what, 'value': rival.ask('peak_memory'), 'unit': 'GB'})
    return rows


def options_part(bench: Bench) -> list[Row]:
    """Compare each option alone with stock, with the first of ``--workers``."""
    rows, args = [], bench.args
    for model, size in product(args.models, args.sizes):
        for option in args.options:  # two at a time: each holds its memory
            with bench.rivals(model, size, {STOCK: (), OURS: (option,)}) as rivals:
                rounds = bench.measure(rivals, args.workers[0])
            what = f'{model}, {size} x {size}, {_loading(args.workers[0])}: stock / {option}'
            rows.append(_compared(what, rounds[OURS], rounds[STOCK]))
    return rows


def profile_part(bench: Bench) -> list[Row]:
    """Return the seconds of the parts of a step, stock and ours."""
    rows, args = [], bench.args
    for model, size in product(args.models, args.sizes):
        with bench.rivals(model, size, {STOCK: (), OURS: args.options}) as rivals:
            found = [
                {name: rival.ask('profile') for name, rival in rivals.items()}
                for _ in range(args.repeats + 1)
            ][1:]
        for part in (*PROFILED, 'whole'):
            ours, plain = (
                statistics.median(one[name][part] for one in found) for name in (OURS, STOCK)
            )
            what = f'{model}, {size} x {size}: {part}'
            rows.append({'what': what, 'ours (s)': ours, 'plain (s)': plain})
    return rows


def growth_part(bench: Bench) -> list[Row]:
    """Measure steps of heads alone with more keypoints and data sets."""
    args = bench.args
    torch.set_num_threads(args.threads)  # not before: other parts fork
    return growth_rows(args.keypoints, args.datasets, args.repeats, bench.clock, args.device)


PARTS = {
    'step': step_part,
    'options': options_part,
    'profile': profile_part,
    'growth': growth_part,  # last, for it computes in the process that the others fork
}


def rates(args: argparse.Namespace, flops: float, seconds: float) -> Row:
    """Return images a second, and the rate of operations with its share of the device's."""
    row = {'images/s': args.batch_size / seconds, 'TFLOP/s': flops / seconds / 1e12}
    if args.peak_tflops:
        row['share of peak'] = row['TFLOP/s'] / args.peak_tflops
    return row


def main(argv: Sequence[str] | None = None) -> int:
    """Run the chosen parts; 0 if all were measured, 2 if the input is wrong."""
    import cv2

    args = parse_args(argv)
    cv2.setNumThreads(0)  # as MMEngine's set-up does
    init_default_scope('mmpose')
    MMLogger.get_instance('mmengine', log_level='WARNING')  # the optimiser names every weight

    def measured() -> list[Row]:
        if args.clock == 'process' and max(args.workers) > 0:
            raise LandmarkError('--clock process does not see workers; expected --workers -1 0')
        with tempfile.TemporaryDirectory() as folder:
            draw_pictures(Path(folder), args.picture, args.face)
            bench = Bench(args, Path(folder))
            return [
                {'part': part, **row}
                for part in PARTS
                if part in args.parts
                for row in PARTS[part](bench)
            ]

    told = (
        f'{args.batch_size} samples of 98 keypoints from pictures of '
        f'{args.picture[0]} x {args.picture[1]}, {args.steps} steps a round, {args.repeats} '
        f'rounds, medians; seconds a step of the {args.clock} clock; ours: '
        f'{", ".join(args.options)}'
    )
    return run_benchmark(args, measured, told)


def _compared(what: str, ours: list[Round], plain: list[Round], **goal: float) -> Row:
    seconds = ([one.seconds for one in side] for side in (ours, plain))
    faults = (statistics.median(one.faults for one in side) for side in (ours, plain))
    return compared(what, *seconds, **goal) | dict(
        zip(('faults', 'plain faults'), faults, strict=True)
    )


def _loading(workers: int) -> str:
    if workers < 0:
        return 'without loader'
    return 'loader in the process' if workers == 0 else f'loader of {workers} workers'


if __name__ == '__main__':
    sys.exit(main())
