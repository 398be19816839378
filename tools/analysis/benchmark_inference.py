"""Measure finding points in many boxes against MMPose's ``inference_topdown``.

Same models, pictures, boxes and machine, in one run. ``inference_topdown`` is called once a picture
with all its boxes, as its users do. Parts: ``calls`` (whole calls, on arrays or files), ``profile``
(seconds of each part of both ways), ``options`` (what each option gives). Rivals take turns, so
that what else the machine does hits both.

Example:
    python tools/analysis/benchmark_inference.py --out inference.json
    python tools/analysis/benchmark_inference.py --device cuda --models HRNet-W32 ViTPose-B \
        --threads 8 --boxes 8 64 512 --bfloat16 --channels-last
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from benchmark_run import Row, by_process, compared, run_benchmark
from inference_models import KEYPOINTS, MODELS_MEASURED, build
from inference_profile import Profile
from mmpose.apis import inference_topdown

from mmlandmark.apis import TopdownInferencer

GOALS = {'cpu': 2, 'cuda': 4}
PLAIN = dict(channels_last=False, fuse=False)
OPTIONS = {
    'decoding by the codec': dict(decoding='codec'),
    'channels last': dict(channels_last=True),
    'fuse': dict(fuse=True),
    'channels last and fuse': dict(channels_last=True, fuse=True),
    'bfloat16': dict(bfloat16=True),
}


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('--parts', nargs='+', choices=list(PARTS), default=['calls', 'profile'])
    add('--models', nargs='+', choices=list(MODELS_MEASURED), default=list(MODELS_MEASURED)[:2])
    add('--boxes', nargs='+', type=int, default=[1, 8, 64], help='numbers of boxes')
    add('--per-picture', type=int, default=1, help='boxes of a picture')
    add('--picture', nargs=2, type=int, default=(640, 480), help='width and height')
    add('--flip-test', nargs='+', choices=['on', 'off'], default=['on', 'off'])
    add('--files', action='store_true', help='JPEG files instead of arrays')
    add('--batch-size', type=int, help='of ours; by default 4 on a CPU, else 64')
    add('--workers', type=int, default=2, help='threads that cut crops')
    add('--bfloat16', action='store_true', help='of ours')
    add('--channels-last', action='store_true', default=None, help='of ours; on a CPU by default')
    add('--no-channels-last', dest='channels_last', action='store_false')
    add('--no-fuse', dest='fuse', action='store_false', help='of ours')
    add('--repeats', type=int, default=5, help='rounds of each comparison')
    add('--threads', type=int, default=1, help='of torch and OpenCV')
    add('--clock', choices=['process', 'wall'], help='by default process on one thread of a CPU')
    add('--device', default='cpu', help='of both, such as cuda')
    add('--out', help='write the results there as JSON')
    add('--overwrite', action='store_true', help='replace OUT')
    return parser.parse_args(argv)


class Bench:
    """A model, and pictures with boxes.

    Args:
        args: The options.
        name: Of the model.
        boxes: How many.
        folder: For files.
    """

    def __init__(self, args: argparse.Namespace, name: str, boxes: int, folder: Path) -> None:
        self.args, self.model = args, build(name, args.device)
        rng = np.random.default_rng(0)
        width, height = args.picture
        number = -(-boxes // args.per_picture)
        self.pictures: list[Any] = [_picture(rng, width, height) for _ in range(number)]
        if args.files:
            self.pictures = [
                _file(picture, folder / f'{number}.jpg')
                for number, picture in enumerate(self.pictures)
            ]
        corners = rng.uniform(0, 0.5, (boxes, 2)) * (width, height)
        sides = rng.uniform(0.25, 0.5, (boxes, 2)) * (width, height)
        rows = np.hstack((corners, corners + sides))
        self.boxes = [rows[at : at + args.per_picture] for at in range(0, boxes, args.per_picture)]

    def ours(self, flip_test: bool, **speed: Any) -> Callable[[], Any]:
        """Return a call of ours."""
        inferencer = TopdownInferencer.from_model(
            self.model, self.args.batch_size, self.args.workers, **speed
        )
        return lambda: inferencer(self.pictures, self.boxes, flip_test)

    def stock(self, flip_test: bool) -> Callable[[], Any]:
        """Return calls of MMPose, one a picture."""

        def run() -> None:
            self.model.test_cfg['flip_test'] = flip_test
            for picture, boxes in zip(self.pictures, self.boxes, strict=True):
                inference_topdown(self.model, picture, boxes)

        return run

    def seconds(self, ways: Mapping[str, Callable[[], Any]]) -> dict[str, list[float]]:
        """Return the seconds of each way in each round, after one that warms up."""
        clock = time.process_time if self.args.clock == 'process' else time.perf_counter
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(self.args.repeats + 1):
            for name, way in ways.items():
                _wait(self.args.device)
                start = clock()
                way()
                _wait(self.args.device)
                if turn:
                    seconds[name].append(clock() - start)
        return seconds


def calls_part(args: argparse.Namespace, folder: Path) -> Iterator[Row]:
    """Whole calls."""
    goal = GOALS['cpu' if args.device == 'cpu' else 'cuda']
    speed = dict(bfloat16=args.bfloat16, channels_last=args.channels_last, fuse=args.fuse)
    for name, boxes, flip in _cases(args):
        # each way has a model of its own: an option may change the layout of weights
        bench, rival = (Bench(args, name, boxes, folder) for _ in range(2))
        ways = {'ours': bench.ours(flip, **speed), 'stock': rival.stock(flip)}
        seconds = bench.seconds(ways)
        what = f'{name}, {boxes} boxes{", flip test" if flip else ""}'
        row = compared(what, seconds['ours'], seconds['stock'], least=goal)
        yield row | {'boxes / s': boxes / row['ours (s)']}


def options_part(args: argparse.Namespace, folder: Path) -> Iterator[Row]:
    """Each option alone, against ours without it."""
    for name, boxes, flip in _cases(args):
        plain = Bench(args, name, boxes, folder)
        for option in OPTIONS:
            if option == 'bfloat16' and not args.bfloat16:
                continue  # without the instructions for it a CPU takes a hundred times as long
            bench = Bench(args, name, boxes, folder)
            own = PLAIN | OPTIONS[option]
            ways = {'with': bench.ours(flip, **own), 'without': plain.ours(flip, **PLAIN)}
            seconds = bench.seconds(ways)
            what = f'{name}, {boxes} boxes{", flip test" if flip else ""}: {option}'
            yield compared(what, seconds['with'], seconds['without'])


def profile_part(args: argparse.Namespace, folder: Path) -> Iterator[Row]:
    """Seconds of the parts of a call, of both ways."""
    for name, boxes, flip in _cases(args):
        bench = Bench(args, name, boxes, folder)
        for way, call in (('stock', bench.stock(flip)), ('ours', bench.ours(flip))):
            profile = Profile(bench.model, args.device, args.clock)
            call()
            rounds = [profile.of(call) for _ in range(args.repeats)]
            row: Row = {'what': f'{name}, {boxes} boxes{", flip test" if flip else ""}: {way}'}
            yield row | {
                part: float(np.median([one[part] for one in rounds])) for part in rounds[0]
            }


PARTS = {'calls': calls_part, 'profile': profile_part, 'options': options_part}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the chosen parts; 0 if all were measured, 2 if the input is wrong."""
    args = parse_args(argv)
    args.clock = args.clock or ('process' if by_process(args) else 'wall')
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(args.threads)

    def measured() -> dict[str, list[Row]]:
        with tempfile.TemporaryDirectory() as folder:
            return {part: _told(PARTS[part](args, Path(folder))) for part in args.parts}

    told = (
        f'{KEYPOINTS} keypoints, inputs of 256 x 256, {args.per_picture} boxes a picture of '
        f'{args.picture[0]} x {args.picture[1]}{" (files)" if args.files else ""}, '
        f'{args.repeats} rounds, medians; ratios within a round; seconds of the '
        f'{"process" if args.clock == "process" else "clock"}'
    )
    return run_benchmark(args, measured, told)


def _told(rows: Iterator[Row]) -> list[Row]:
    """Return rows; each is told when it is there, since measuring takes minutes."""
    found = []
    for row in rows:
        values = (f'{key} {v:.3g}' for key, v in row.items() if isinstance(v, float))
        print(f'{row["what"]}: {", ".join(values)}', file=sys.stderr)
        found.append(row)
    return found


def _cases(args: argparse.Namespace) -> list[tuple[str, int, bool]]:
    flips = [flip == 'on' for flip in args.flip_test]
    return [(n, boxes, flip) for n in args.models for boxes in args.boxes for flip in flips]


def _picture(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    noise = rng.integers(0, 256, (height // 16, width // 16, 3), dtype=np.uint8)
    return cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)


def _file(picture: np.ndarray, path: Path) -> str:
    cv2.imwrite(str(path), picture)
    return str(path)


def _wait(device: str) -> None:
    if device != 'cpu':
        torch.cuda.synchronize()


if __name__ == '__main__':
    sys.exit(main())
