"""Measure augmentation of whole batches on the device, against MMPose's transforms in the loader.

Parts: ``loader`` (the samples of a batch, from pictures in memory on), ``device`` (the batch
through the data preprocessor), ``both`` (their sum, which is what a CPU pays), ``steps`` (each
transform of the two pipelines), ``margin`` (size of the crop and share of an input that is black).
Rivals take turns, so that what else the machine does hits both.

Example:
    python tools/analysis/benchmark_augmentation.py --out augmentation.json
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from benchmark_run import Row, by_process, compared, run_benchmark
from mmengine.dataset import pseudo_collate
from mmengine.registry import DefaultScope
from mmpose.registry import MODELS, TRANSFORMS

import mmlandmark  # noqa: F401
from mmlandmark.geometry.crop_warp import change_matrices, uncovered_share
from mmlandmark.geometry.random_affine import RandomAffine
from mmlandmark.options import count

AFFINE = dict(shift_factor=0.1, rotate_factor=60, scale_factor=(0.75, 1.25))
COLORS = dict(brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1, grey=0.1)
NORMAL = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], bgr_to_rgb=True)
PICTURE = (480, 640)
MARGINS = (0.0, 0.1, 0.2, 0.3, None)


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('--parts', nargs='+', choices=PARTS, default=list(PARTS))
    add('--colors', nargs='+', choices=('no', 'yes'), default=['no', 'yes'])
    add('--batch-size', type=count, default=32)
    add('--keypoints', type=count, default=98)
    add('--size', type=count, default=256, help='width and height of the input')
    add('--margin', type=float, help='share of the input; by default what covers all')
    add('--resolution', type=float, default=1.0)
    add('--repeats', type=count, default=7, help='rounds of each comparison')
    add('--threads', type=count, default=1, help='of torch and OpenCV')
    add('--device', default='cpu', help='where ours runs and inputs end, such as cuda')
    add('--out', help='write the results there as JSON')
    add('--overwrite', action='store_true', help='replace OUT')
    return parser.parse_args(argv)


class Rival:
    """A pipeline and the data preprocessor behind it.

    Args:
        args: The options.
        device: Whether the batch is augmented on the device.
        colors: Whether colours change too.
    """

    def __init__(self, args: argparse.Namespace, device: bool, colors: bool) -> None:
        self.args = args
        size = (args.size, args.size)
        steps = [dict(type='GetBBoxCenterScale', padding=1.25)]
        model = dict(type='PoseDataPreprocessor', **NORMAL)
        if device:
            crop = dict(margin=args.margin, resolution=args.resolution)
            steps += [dict(type='CropWithMargin', input_size=size, affine=AFFINE, **crop)]
            pixels = [dict(type='BatchColorJitter', **COLORS)] if colors else []
            model |= dict(type='AugmentingPoseDataPreprocessor', affine=AFFINE, pixels=pixels)
        else:
            steps += [dict(type='RandomFlip'), dict(type='RandomBBoxTransform', **AFFINE)]
            steps += [dict(type='TopdownAffine', input_size=size)]
            # behind the crop, where it costs least
            steps += [dict(type='JitterColor', **COLORS)] if colors else []
        steps += [dict(type='GenerateTarget', encoder=dict(type='KeypointLabels'))]
        steps += [dict(type='PackPoseInputs')]
        with DefaultScope.overwrite_default_scope('mmpose'):
            self.steps = [TRANSFORMS.build(step) for step in steps]
            self.model = MODELS.build(model).to(args.device)
        rng = np.random.default_rng(0)
        noise = rng.integers(0, 256, (*PICTURE, 3)).astype(np.uint8)
        self.sample = dict(
            img=noise,
            img_shape=PICTURE,
            ori_shape=PICTURE,
            bbox=np.array([[140, 130, 400, 360]], dtype=np.float32),
            bbox_score=np.ones(1, dtype=np.float32),
            keypoints=rng.uniform(150, 350, (1, args.keypoints, 2)).astype(np.float32),
            keypoints_visible=np.ones((1, args.keypoints), dtype=np.float32),
            dataset_keypoint_weights=np.ones(args.keypoints, dtype=np.float32),
            flip_indices=list(range(args.keypoints)),
        )
        self.batch = self.load()

    def load(self) -> dict[str, Any]:
        """Return a batch as a loader's only worker makes it."""
        packed = []
        for _ in range(self.args.batch_size):
            sample = dict(self.sample)
            for step in self.steps:
                sample = step(sample)
            packed.append(sample)
        return pseudo_collate(packed)

    def prepare(self) -> None:
        """Give the batch to the data preprocessor."""
        self.model({key: list(value) for key, value in self.batch.items()}, training=True)
        if self.args.device != 'cpu':
            torch.cuda.synchronize(self.args.device)

    def both(self) -> None:
        """Load and prepare."""
        self.batch = self.load()
        self.prepare()

    def times(self, clock: Callable[[], float]) -> dict[str, float]:
        """Return seconds of each transform for one batch."""
        seconds = dict.fromkeys((type(step).__name__ for step in self.steps), 0.0)
        for _ in range(self.args.batch_size):
            sample = dict(self.sample)
            for step in self.steps:
                start = clock()
                sample = step(sample)
                seconds[type(step).__name__] += clock() - start
        return seconds


def rival_row(args: argparse.Namespace, part: str, colors: bool) -> Row:
    """Compare the two; see the module for the parts."""
    clock = time.process_time if by_process(args) else time.perf_counter
    ways = [Rival(args, device, colors) for device in (True, False)]
    seconds: list[list[float]] = [[], []]
    for turn in range(args.repeats + 1):
        for way, kept in zip(ways, seconds, strict=True):
            start = clock()
            dict(loader=way.load, device=way.prepare, both=way.both)[part]()
            if turn:  # the first round warms up
                kept.append(clock() - start)
    what = 'affine and colours' if colors else 'affine'
    return compared(f'{what}: MMPose / ours', *seconds)


def step_rows(args: argparse.Namespace) -> list[Row]:
    """What each transform takes, medians of rounds."""
    clock = time.process_time if by_process(args) else time.perf_counter
    rows = []
    for name, device in (('MMPose', False), ('ours', True)):
        rival = Rival(args, device, colors='yes' in args.colors)
        rounds = [rival.times(clock) for _ in range(args.repeats)]
        for step in rounds[0]:
            middle = statistics.median(one[step] for one in rounds)
            key = 'ours (s)' if device else 'plain (s)'
            rows.append({'what': f'{name}: {step}', key: middle})
    return rows


def margin_rows(args: argparse.Namespace) -> list[Row]:
    """How large crops are, and how much of an input lies beyond them."""
    size, rows = (args.size, args.size), []
    changes = RandomAffine(**AFFINE).draw(500, np.random.default_rng(0))
    for margin in MARGINS:
        step = dict(type='CropWithMargin', input_size=size, affine=AFFINE, margin=margin)
        frame = TRANSFORMS.build(step | dict(resolution=args.resolution)).frame
        share = uncovered_share(frame, change_matrices(frame, changes))
        name = 'what covers all' if margin is None else f'{margin:g}'
        rows.append(
            {'what': f'margin {name}: crop of {frame.size[0]} x {frame.size[1]}, black share'}
            | {'value': share}
        )
    return rows


PARTS = ('loader', 'device', 'both', 'steps', 'margin')


def rows_of(args: argparse.Namespace, part: str) -> list[Row]:
    """Return the rows of a part."""
    if part == 'steps':
        return step_rows(args)
    if part == 'margin':
        return margin_rows(args)
    return [rival_row(args, part, choice == 'yes') for choice in args.colors]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the chosen parts; 0 if all were measured, 2 if the input is wrong."""
    import cv2

    args = parse_args(argv)
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(args.threads)

    def measured() -> list[Row]:
        return [{'part': part, **row} for part in args.parts for row in rows_of(args, part)]

    told = (
        f'{args.batch_size} samples of {args.keypoints} keypoints, pictures of 640 x 480, '
        f'inputs of {args.size} x {args.size}, {args.repeats} rounds, medians; ratios within '
        f'a round; seconds of the {"process" if by_process(args) else "clock"}'
    )
    return run_benchmark(args, measured, told)


if __name__ == '__main__':
    sys.exit(main())
