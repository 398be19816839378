"""Measure loading crops from JPEGs by LoadImageForCrop against the plain pipeline of MMPose.

The pipeline is that of top-down training without targets: loading, flip, random box, affine and
packing. Parts: ``load`` (seconds of a sample), ``profile`` (where they go). Pictures are drawn,
with as much noise as makes files of the size that cameras write; the system has them in memory.
Rivals take turns, so that what else the machine does hits both.

Ways: ``reduced`` decodes at reduced size. The others also cache: ``cache`` and ``coded cache`` (as
JPEG of quality 95) find every crop, ``filling`` finds none and adds each.

Example:
    python tools/analysis/benchmark_loader.py --sizes 1920x1080 4000x3000 --boxes 300 1200
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
import torch
from benchmark_run import Row, compared, run_benchmark
from mmengine.dataset import Compose
from mmengine.registry import DefaultScope

import mmlandmark  # noqa: F401
from mmlandmark.datasets.crop_cache import FRESH
from mmlandmark.errors import LandmarkError
from mmlandmark.options import count

POINTS = 98
WAYS = ('reduced', 'cache', 'coded cache', 'filling')


def size(text: str) -> tuple[int, int]:
    """Return width and height of a text such as 640x480."""
    if not re.fullmatch(r'[1-9]\d{1,4}x[1-9]\d{1,4}', text):
        raise argparse.ArgumentTypeError(f'{text!r}; expected a width and height such as 640x480')
    width, height = text.split('x')
    return int(width), int(height)


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('--parts', nargs='+', choices=list(PARTS), default=list(PARTS))
    add('--ways', nargs='+', choices=WAYS, default=list(WAYS))
    add('--sizes', nargs='+', type=size, help='of pictures, such as 640x480',
        default=[(640, 480), (1920, 1080), (4000, 3000)])  # fmt: skip
    add('--boxes', nargs='+', type=count, default=[150, 300, 1200], help='sides of boxes, pixels')
    add('--input-size', type=count, default=256)
    add('--quality', type=count, default=90, help='of the JPEGs')
    add('--pictures', type=count, default=3, help='of each size')
    add('--samples', type=count, default=6, help='of each round')
    add('--repeats', type=count, default=5, help='rounds of each comparison')
    add('--out', help='write the results there as JSON')
    add('--overwrite', action='store_true', help='replace OUT')
    return parser.parse_args(argv)


class Case:
    """Pictures of one size with a box each, and pipelines.

    Args:
        args: Of the command line.
        folder: For pictures and caches.
        shape: Width and height of the pictures.
        box: Side of the boxes.
    """

    def __init__(
        self, args: argparse.Namespace, folder: Path, shape: tuple[int, int], box: int
    ) -> None:
        self.args, self.folder, self.shape, self.box = args, folder, shape, box
        self.name = f'{shape[0]} x {shape[1]}, box of {box}'
        self.paths = [self._picture(number) for number in range(args.pictures)]
        self.samples = [self._sample(self.paths[i % len(self.paths)], i) for i in range(60)]

    @property
    def kilobytes(self) -> int:
        """Mean size of the files."""
        return round(sum(path.stat().st_size for path in self.paths) / len(self.paths) / 1000)

    def plain(self) -> Callable[[], None]:
        """Return what loads some samples by the plain pipeline."""
        return self._loading(self._steps())

    def way(self, name: str) -> Callable[[], None]:
        """Return what loads the same samples in another way."""
        options: dict[str, Any] = {}
        if name != 'reduced':
            cache = dict(folder=str(self.folder / f'{name} {self.name}'), max_gb=4)
            options = dict(cache=cache | (dict(quality=95) if name == 'coded cache' else {}))
        load = self._loading([dict(type='LoadImageForCrop', transforms=self._steps(), **options)])
        return self._emptied(load, name) if name == 'filling' else load

    def _emptied(self, load: Callable[[], None], name: str) -> Callable[[], None]:
        def run() -> None:
            for path in (self.folder / f'{name} {self.name}').glob('*/*'):
                path.unlink()
            load()

        return run

    def _steps(self) -> list[dict[str, Any]]:
        side = self.args.input_size
        return [
            dict(type='LoadImage'),
            dict(type='GetBBoxCenterScale'),
            dict(type='RandomFlip', direction='horizontal'),
            dict(type='RandomBBoxTransform', scale_factor=(0.75, 1.25), rotate_factor=60.0),
            dict(type='TopdownAffine', input_size=(side, side)),
            dict(type='PackPoseInputs'),
        ]

    def _loading(self, steps: list[dict[str, Any]]) -> Callable[[], None]:
        with DefaultScope.overwrite_default_scope('mmpose'):
            pipeline = Compose(steps)

        def run() -> None:
            for sample in self.samples[: self.args.samples]:
                pipeline(dict(sample))

        return run

    def _picture(self, number: int) -> Path:
        path = self.folder / f'{self.shape[0]}x{self.shape[1]} {number}.jpg'
        if not path.exists():
            rng, (width, height) = np.random.default_rng(number), self.shape
            coarse = rng.uniform(0, 255, (height // 8, width // 8, 3)).astype(np.uint8)
            picture = cv2.resize(coarse, self.shape, interpolation=cv2.INTER_CUBIC)
            tile = rng.normal(0, 6, (512, 512, 3)).astype(np.int16)
            noise = np.tile(tile, (-(-height // 512), -(-width // 512), 1))[:height, :width]
            pixels = np.clip(picture + noise, 0, 255).astype(np.uint8)
            cv2.imwrite(str(path), pixels, [cv2.IMWRITE_JPEG_QUALITY, self.args.quality])
            time.sleep(FRESH / self.args.pictures + 0.1)  # files just written are not cached
        return path

    def _sample(self, path: Path, seed: int) -> dict[str, Any]:
        # One box for each picture: an epoch has each of them once, and epochs follow each other.
        number = self.paths.index(path)
        room = np.array(self.shape) - self.box
        low = np.random.default_rng(number).uniform(0, 1, 2) * np.maximum(room, 0)
        points = low + np.random.default_rng(seed).uniform(0, self.box, (1, POINTS, 2))
        return dict(
            img_path=str(path),
            bbox=np.array([[*low, *(low + self.box)]], dtype=np.float32),
            bbox_score=np.ones(1, dtype=np.float32),
            keypoints=points.astype(np.float32),
            keypoints_visible=np.ones((1, POINTS), dtype=np.float32),
            flip_indices=list(range(POINTS)),
            id=seed,
            img_id=number,
        )


def load_part(cases: Sequence[Case], args: argparse.Namespace) -> list[Row]:
    """Seconds of loading some samples, and how many times as long the plain pipeline takes."""
    rows = []
    for case in cases:
        ways = {'plain': case.plain(), **{name: case.way(name) for name in args.ways}}
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(args.repeats + 1):
            for name, way in ways.items():
                np.random.seed(turn)
                start = time.process_time()
                way()
                if turn:  # the first round warms up, and fills the caches
                    seconds[name].append((time.process_time() - start) / args.samples)
        rows += [
            compared(f'{case.name} ({case.kilobytes} kB): plain / {name}', seconds[name],
                     seconds['plain'])
            for name in args.ways
        ]  # fmt: skip
    return rows


def profile_part(cases: Sequence[Case], args: argparse.Namespace) -> list[Row]:
    """The functions that take most of the time of a sample, each without those it calls."""
    rows = []
    for case in cases:
        for name, way in (('plain', case.plain()), *((n, case.way(n)) for n in args.ways)):
            np.random.seed(0)
            way()
            profile = cProfile.Profile(time.process_time)
            profile.runcall(way)
            stats = pstats.Stats(profile)
            parts = sorted(((own, key) for key, (_, _, own, *_) in stats.stats.items()))[::-1]
            rows += [
                dict(what=f'{case.name}: {name}', function=_function(key),
                     milliseconds=1000 * own / args.samples, share=own / stats.total_tt)
                for own, key in parts[:3]
            ]  # fmt: skip
    return rows


def _function(key: tuple[str, int, str]) -> str:
    text = re.sub(r"<|>|built-in method |method |of '.*' objects", '', key[2])
    return text.strip()


PARTS = {'load': load_part, 'profile': profile_part}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the chosen parts; 0 if all were measured, 2 if the input is wrong."""
    args = parse_args(argv)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)

    def measured() -> dict[str, list[Row]]:
        with TemporaryDirectory() as folder:
            cases = [
                Case(args, Path(folder), shape, box)
                for shape in args.sizes
                for box in args.boxes
                if box <= min(shape)
            ]
            if not cases:
                raise LandmarkError(f'no box of {args.boxes} fits into a picture')
            return {part: PARTS[part](cases, args) for part in args.parts}

    told = (
        f'inputs of {args.input_size} x {args.input_size}, {args.repeats} rounds of '
        f'{args.samples} samples, medians of a sample; ratios within a round; seconds of the '
        'process on one thread'
    )
    return run_benchmark(args, measured, told)


if __name__ == '__main__':
    sys.exit(main())
