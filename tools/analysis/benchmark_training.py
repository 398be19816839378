"""Measure a training step against stock MMPose: same model, pictures and machine, in one run.

Parts: ``step`` (stock against the recommended options, with and without the loader), ``options``
(each option alone against stock, loader included), ``profile`` (where the seconds go, before and
after), ``growth`` (a head's step with more keypoints and more data sets). Rivals take turns, so
that what else the machine does hits both. Pictures are drawn; nothing is downloaded.

Example:
    python tools/analysis/benchmark_training.py --models RTMPose-t --sizes 128 --out training.json
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from benchmark_converter import Row, compared, machine
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope
from torch.utils.flop_counter import FlopCounterMode
from training_cases import CONFIGS, OPTIONS, RECOMMENDED, Way, draw_pictures
from training_growth import growth_rows
from training_profile import Profile

import mmlandmark  # noqa: F401
from mmlandmark.annotations.writer import check_output, write_json
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional import render_table

GOAL = 1.5
STOCK = 'stock'


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('--parts', nargs='+', choices=list(PARTS), default=['step', 'profile'])
    add('--models', nargs='+', choices=list(CONFIGS), default=['MobileNetV2', 'RTMPose-t'])
    add('--sizes', nargs='+', type=int, default=[128, 256], help='sides of inputs')
    add('--options', nargs='+', choices=list(OPTIONS), default=list(RECOMMENDED))
    add('--workers', nargs='+', type=int, default=[-1, 0, 1], help='-1: the loader excluded')
    add('--batch-size', type=int, default=32)
    add('--picture', nargs=2, type=int, default=[1024, 768], help='width and height of the JPEGs')
    add('--face', type=float, default=0.4, help='side of a box by the shorter side of the picture')
    add('--steps', type=int, default=2, help='steps a round')
    add('--repeats', type=int, default=3, help='rounds of each comparison')
    add('--threads', type=int, default=2, help='of torch; a worker has one of its own')
    add('--clock', choices=('wall', 'process'), default='wall', help='process: no workers')
    add('--keypoints', nargs='+', type=int, default=[17, 68, 133, 600], help='of the part growth')
    add('--datasets', nargs='+', type=int, default=[1, 3, 14], help='of the part growth')
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

    def way(self, model: str, size: int, options: Sequence[str]) -> Way:
        """Return a training with options."""
        args = self.args
        return Way(model, options, self.folder, size, args.batch_size, args.device)

    def measure(self, ways: Mapping[str, Way], workers: int) -> dict[str, list[float]]:
        """Return seconds a step of each way in each round, after one that warms up."""
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(self.args.repeats + 1):
            for name, way in ways.items():
                steps = self.args.steps if turn else 1
                taken = self._round(way, steps, workers)
                if turn:
                    seconds[name].append(taken / steps)
        return seconds

    def _round(self, way: Way, steps: int, workers: int) -> float:
        if workers < 0:
            batches = [way.batch() for _ in range(steps)]
        start = self.clock()
        for batch in batches if workers < 0 else way.loader(steps, workers):
            way.step(batch)
        return self.clock() - start


def step_part(bench: Bench) -> list[Row]:
    """Compare the recommended options with stock."""
    rows, args = [], bench.args
    for model in args.models:
        for size in args.sizes:
            ways = {STOCK: bench.way(model, size, ()), 'ours': bench.way(model, size, args.options)}
            flops = step_flops(ways[STOCK])
            for workers in args.workers:
                seconds = bench.measure(ways, workers)
                what = f'{model}, {size} x {size}, {_loading(workers)}: stock / ours'
                row = compared(what, seconds['ours'], seconds[STOCK], least=GOAL)
                rows.append(row | rates(args, flops, statistics.median(seconds['ours'])))
    return rows


def options_part(bench: Bench) -> list[Row]:
    """Compare each option alone with stock; the loader is in the process."""
    rows, args = [], bench.args
    for model in args.models:
        for size in args.sizes:
            ways = {name: bench.way(model, size, (name,)) for name in args.options}
            seconds = bench.measure({STOCK: bench.way(model, size, ()), **ways}, 0)
            rows += [
                compared(f'{model}, {size} x {size}: stock / {name}', seconds[name], seconds[STOCK])
                for name in ways
            ]
    return rows


def profile_part(bench: Bench) -> list[Row]:
    """Return the seconds of the parts of a step, stock and ours."""
    rows, args = [], bench.args
    for model in args.models:
        for size in args.sizes:
            found = {}
            for name, options in ((STOCK, ()), ('ours', args.options)):
                profile = Profile(bench.way(model, size, options), bench.clock)
                profile.of_step()
                rounds = [profile.of_step() for _ in range(args.repeats)]
                found[name] = {
                    part: statistics.median(one[part] for one in rounds) for part in rounds[0]
                }
                found[name]['whole'] = statistics.median(sum(one.values()) for one in rounds)
            rows += [
                {'what': f'{model}, {size} x {size}: {part}', 'ours (s)': found['ours'][part]}
                | {'plain (s)': plain}
                for part, plain in found[STOCK].items()
            ]
    return rows


def growth_part(bench: Bench) -> list[Row]:
    """Measure steps of heads alone with more keypoints and data sets."""
    args = bench.args
    return growth_rows(args.keypoints, args.datasets, args.repeats, bench.clock, args.device)


PARTS = {
    'step': step_part,
    'options': options_part,
    'profile': profile_part,
    'growth': growth_part,
}


def step_flops(way: Way) -> float:
    """Return the floating-point operations of a step."""
    batch = way.batch()
    with FlopCounterMode(display=False) as counter:
        way.step(batch)
    return float(counter.get_total_flops())


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
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(0)  # as MMEngine's set-up does
    init_default_scope('mmpose')
    MMLogger.get_instance('mmengine', log_level='WARNING')  # the optimiser names every weight
    try:
        if args.out:
            check_output(args.out, overwrite=args.overwrite)
        if args.clock == 'process' and max(args.workers) > 0:
            raise LandmarkError('--clock process does not see workers; expected --workers -1 0')
        with tempfile.TemporaryDirectory() as folder:
            draw_pictures(Path(folder), args.picture, args.face)
            bench = Bench(args, Path(folder))
            rows = [{'part': part, **row} for part in args.parts for row in PARTS[part](bench)]
        host = machine()
        print(', '.join(f'{name} {value}' for name, value in host.items()))
        print(
            f'{args.batch_size} samples of 98 keypoints from pictures of '
            f'{args.picture[0]} x {args.picture[1]}, {args.steps} steps a round, {args.repeats} '
            f'rounds, medians; seconds a step of the {args.clock} clock; ours: '
            f'{", ".join(args.options)}'
        )
        print(render_table(rows, digits=3))
        if args.out:
            content = dict(machine=host, options=vars(args), results=rows)
            write_json(args.out, content, overwrite=args.overwrite)
    except LandmarkError as error:
        print(f'error: {error}', file=sys.stderr)
        return 2
    return 0


def _loading(workers: int) -> str:
    if workers < 0:
        return 'without loader'
    return 'loader in the process' if workers == 0 else f'loader of {workers} workers'


if __name__ == '__main__':
    sys.exit(main())
