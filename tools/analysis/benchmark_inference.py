"""Measure finding points in many boxes against MMPose's ``inference_topdown``.

Same models, pictures, boxes and machine, in one run. ``inference_topdown`` is called once a picture
with all its boxes, as its users do. Parts: ``calls`` (whole calls, on arrays or files), ``profile``
(seconds of each part of both ways), ``options`` (what each option gives). Rivals take turns, so
that what else the machine does hits both. ``--keep-memory`` acts on a whole process: each has its
own then.

Example:
    python tools/analysis/benchmark_inference.py --out inference.json
    python tools/analysis/benchmark_inference.py --device cuda --models HRNet-W32 ViTPose-B \
        --threads 8 --boxes 8 64 512 --bfloat16 --channels-last
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from benchmark_run import Row, by_process, compared, run_benchmark
from inference_models import KEYPOINTS, MODELS_MEASURED
from inference_rivals import Caller, in_turn

from mmlandmark.errors import LandmarkError
from mmlandmark.options import count

GOALS = {'cpu': 2, 'cuda': 4}
PLAIN = dict(channels_last=False, fuse=False)
OPTIONS = {
    'decoding by the codec': dict(decoding='codec'),
    'channels last': dict(channels_last=True),
    'fuse': dict(fuse=True),
    'channels last and fuse': dict(channels_last=True, fuse=True),
    'bfloat16': dict(bfloat16=True),
    'keep memory': dict(keep_memory=True),
}


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('--parts', nargs='+', choices=list(PARTS), default=['calls', 'profile'])
    add('--models', nargs='+', choices=list(MODELS_MEASURED), default=list(MODELS_MEASURED)[:2])
    add('--boxes', nargs='+', type=count, default=[1, 8, 64], help='numbers of boxes')
    add('--per-picture', type=count, default=1, help='boxes of a picture')
    add('--picture', nargs=2, type=count, default=(640, 480), help='width and height')
    add('--flip-test', nargs='+', choices=['on', 'off'], default=['on', 'off'])
    add('--files', action='store_true', help='JPEG files instead of arrays')
    add('--batch-size', type=count, help='of ours; by default 4 on a CPU, else 64')
    add('--workers', type=count, default=2, help='threads that cut crops')
    add('--bfloat16', action='store_true', help='of ours')
    add('--channels-last', action='store_true', default=None, help='of ours; on a CPU by default')
    add('--no-channels-last', dest='channels_last', action='store_false')
    add('--no-fuse', dest='fuse', action='store_false', help='of ours')
    add('--keep-memory', action='store_true', help='of ours, each way in a process of its own')
    add('--repeats', type=count, default=5, help='rounds of each comparison')
    add('--threads', type=count, default=1, help='of torch and OpenCV')
    add('--clock', choices=['process', 'wall'], help='by default process on one thread of a CPU')
    add('--device', default='cpu', help='of both, such as cuda')
    add('--out', help='write the results there as JSON')
    add('--overwrite', action='store_true', help='replace OUT')
    return parser.parse_args(argv)


def calls_part(args: argparse.Namespace, folder: Path) -> Iterator[Row]:
    """Whole calls."""
    goal = GOALS['cpu' if args.device == 'cpu' else 'cuda']
    for case in _cases(args):
        ways = {
            'ours': partial(Caller, args, case, folder, _speed(args)),
            'stock': partial(Caller, args, case, folder, None),
        }
        seconds = in_turn(args, 'seconds', ways)
        row = compared(_told_case(case), seconds['ours'], seconds['stock'], least=goal)
        yield row | {'boxes / s': case[1] / row['ours (s)']}


def options_part(args: argparse.Namespace, folder: Path) -> Iterator[Row]:
    """Each option alone, against ours without it."""
    chosen = dict(bfloat16=args.bfloat16, keep_memory=args.keep_memory)
    for case in _cases(args):
        for option, speed in OPTIONS.items():
            if not all(chosen.get(name, True) for name in speed):
                continue  # without instructions for bfloat16 a CPU takes a hundred times as long
            ways = {
                'with': partial(Caller, args, case, folder, PLAIN | speed),
                'without': partial(Caller, args, case, folder, PLAIN),
            }
            seconds = in_turn(args, 'seconds', ways)
            what = f'{_told_case(case)}: {option}'
            yield compared(what, seconds['with'], seconds['without'])


def profile_part(args: argparse.Namespace, folder: Path) -> Iterator[Row]:
    """Seconds of the parts of a call, of both ways."""
    for case in _cases(args):
        for way, speed in (('stock', None), ('ours', _speed(args))):
            ways = {way: partial(Caller, args, case, folder, speed)}
            rounds = in_turn(args, 'profile', ways)[way]
            row: Row = {'what': f'{_told_case(case)}: {way}'}
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
        if args.keep_memory and args.device != 'cpu':
            raise LandmarkError(f'--keep-memory on {args.device}: expected --device cpu')
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


def _told_case(case: tuple[str, int, bool]) -> str:
    name, boxes, flip = case
    return f'{name}, {boxes} boxes{", flip test" if flip else ""}'


def _speed(args: argparse.Namespace) -> dict[str, Any]:
    """Return the options of ours."""
    names = ('bfloat16', 'channels_last', 'fuse', 'keep_memory')
    return {name: getattr(args, name) for name in names}


if __name__ == '__main__':
    sys.exit(main())
