"""Measure channel keypoints: average precision, peaks, targets, and what validation adds.

Parts: ``ap`` (average precision of a whole data set, against the plain way: per image, per
threshold, one detection after the other), ``peaks`` (`find_peaks` on a batch of maps, against
scikit-image's ``peak_local_max`` on each), ``targets`` (the maps of a batch drawn at once, against
one whole map for each point), ``epoch`` (validation of a shipped configuration, and average
precision alone, as shares of a training epoch). Rivals take turns, so that what else the machine
does hits both.

Example:
    python tools/analysis/benchmark_channels.py --out benchmark.json
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from benchmark_channel_rivals import draw_maps_one_by_one, plain_average_precision
from benchmark_run import Row, compared, run_benchmark
from channel_scenes import blank_sample, channel_points, gaussian_maps

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional import keypoint_average_precision
from mmlandmark.geometry.channel_targets import render_channel_maps
from mmlandmark.geometry.peaks import find_peaks
from mmlandmark.options import count

THRESHOLDS = (2.0, 4.0)
CHANNELS = ('corner', 'flap')
CONFIG = 'channel_keypoints/unet_boxes-128x128.py'
CLOCKS = {'wall': time.perf_counter, 'cpu': time.process_time}
Way = Callable[[], object]


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('--parts', nargs='+', choices=list(PARTS), default=list(PARTS))
    add('--images', type=count, default=1000, help='of which the average precision is measured')
    add('--detections', type=count, default=20, help='in each channel of an image')
    add('--truths', type=count, default=4, help='in each channel of an image')
    add('--maps', type=count, default=64, help='in a batch, an even number')
    add('--size', type=count, default=512, help='side of a map')
    add('--points', type=count, default=20, help='in a map')
    add('--min-distance', type=count, default=1, help='of peaks, cells')
    add('--train', type=count, default=800, help='pictures of a training epoch')
    add('--val', type=count, default=100, help='pictures that are validated')
    add('--repeats', type=count, default=7, help='rounds of each comparison')
    add('--threads', type=count, default=2, help='of torch')
    add('--clock', choices=list(CLOCKS), default='wall', help='cpu: seconds of the process')
    add('--device', default='cpu', help='of the maps and of the model')
    add('--out', help='write the results there as JSON')
    add('--overwrite', action='store_true', help='replace OUT')
    return parser.parse_args(argv)


def measure(ways: dict[str, Way], args: argparse.Namespace) -> dict[str, list[float]]:
    """Return the seconds of each way; the first round, which warms up, is not counted."""
    clock = CLOCKS[args.clock]
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(args.repeats + 1):
        for name, way in ways.items():
            start = clock()
            way()
            if args.device != 'cpu':
                torch.cuda.synchronize(args.device)
            if turn:
                seconds[name].append(clock() - start)
    return seconds


def ap_part(args: argparse.Namespace) -> list[Row]:
    """Average precision of a data set, by the published rule and by ours."""
    truths, detections, scores = channel_points(
        args.images, len(CHANNELS), args.truths, args.detections
    )
    sizes = np.full((args.images, 2), 128)

    def ours(matching: str = 'nearest') -> np.ndarray:
        arguments = detections, scores, truths, CHANNELS, THRESHOLDS
        return keypoint_average_precision(*arguments, sizes=sizes, matching=matching).ap

    def plain() -> np.ndarray:
        return plain_average_precision(
            detections, scores, truths, args.images, len(CHANNELS), THRESHOLDS
        )

    if not np.allclose(ours('first'), plain(), atol=1e-9):
        raise LandmarkError('the plain way and matching="first" differ on the same points')
    ways = {'ours': ours, 'first': lambda: ours('first'), 'plain': plain}
    seconds = measure(ways, args)
    what = (
        f'{args.images} images x {len(CHANNELS)} channels x {args.detections} detections x '
        f'{args.truths} ground truths x {len(THRESHOLDS)} thresholds'
    )
    return [
        compared(f'plain / nearest: {what}', seconds['ours'], seconds['plain'], least=50),
        compared('plain / first, the same figures', seconds['first'], seconds['plain'], least=50),
    ]


def peaks_part(args: argparse.Namespace) -> list[Row]:
    """Peaks of a batch of maps with a little noise."""
    try:
        from skimage.feature import peak_local_max
    except ImportError as error:
        raise LandmarkError('peaks: scikit-image is not installed; choose other --parts') from error
    maps = gaussian_maps(args.maps, args.size, args.points)
    arrays, on_device = list(maps.numpy()), maps.unflatten(0, (-1, 2)).to(args.device)

    def ours(refine: bool = True) -> Any:
        return find_peaks(
            on_device, 0.1, min_distance=args.min_distance, top_k=args.points, refine=refine
        ).cpu()

    def plain() -> list[np.ndarray]:
        options = dict(min_distance=args.min_distance, threshold_abs=0.1, num_peaks=args.points)
        return [peak_local_max(one, exclude_border=False, **options) for one in arrays]

    found = ours(refine=False).points.flip(1).numpy() - 0.5
    if not np.array_equal(found, np.concatenate(plain())):
        raise LandmarkError('find_peaks and peak_local_max find other peaks in the same maps')
    seconds = measure({'ours': ours, 'plain': plain}, args)
    what = f'peak_local_max / find_peaks, refined: {args.maps} maps of {args.size} x {args.size}'
    return [compared(what, seconds['ours'], seconds['plain'], least=20)]


def targets_part(args: argparse.Namespace) -> list[Row]:
    """Target maps of a batch."""
    generator = torch.Generator().manual_seed(0)
    points = torch.rand(args.maps * args.points, 2, generator=generator) * args.size
    maps = torch.arange(args.maps).repeat_interleave(args.points)
    shape = args.maps // 2, 2, args.size, args.size
    points, maps = points.to(args.device), maps.to(args.device)

    def ours() -> torch.Tensor:
        return render_channel_maps(points, maps, shape, 3.0)

    def plain() -> torch.Tensor:
        return draw_maps_one_by_one(points, maps, shape, 3.0)

    if (ours() - plain()).abs().max() > 1e-5:
        raise LandmarkError('targets drawn at once and one by one differ')
    seconds = measure({'ours': ours, 'plain': plain}, args)
    what = f'a map for each point / all at once: {args.maps} maps of {args.size} x {args.size}'
    return [compared(f'{what}, {args.points} points each', seconds['ours'], seconds['plain'])]


def epoch_part(args: argparse.Namespace) -> list[Row]:
    """What validation costs, without reading pictures, beside a training epoch without it."""
    from mmengine.config import Config
    from mmengine.registry import init_default_scope
    from mmpose.registry import METRICS, MODELS

    import mmlandmark  # noqa: F401
    from mmlandmark.schemas import configs_root

    cfg = Config.fromfile(str(configs_root() / CONFIG))
    init_default_scope('mmpose')
    # an untrained model finds nothing; so it finds as much as a crowded picture holds
    cfg.model.head.peaks = dict(threshold=0.0, top_k=args.points)
    model = MODELS.build(cfg.model).to(args.device)
    batch = cfg.train_dataloader.batch_size
    packed = [blank_sample(i, cfg.channels) for i in range(batch)]
    data = {name: [one[name] for one in packed] for name in packed[0]}
    steps = math.ceil(args.train / batch)

    def train() -> None:
        model.train()
        made = model.data_preprocessor(data, training=True)
        losses = model(**made, mode='loss')
        model.parse_losses(losses)[0].backward()
        model.zero_grad()

    @torch.no_grad()
    def forward() -> list:
        model.eval()
        return model.val_step(data)

    metric = METRICS.build(cfg.val_evaluator)
    predicted = [one.to_dict() for one in forward()]
    rounds = math.ceil(args.val / batch)

    def average_precision() -> None:
        for _ in range(rounds):
            metric.process(None, predicted)
        metric.evaluate(rounds * batch)

    seconds = measure({'train': train, 'val': forward, 'ap': average_precision}, args)
    epoch = [one * steps for one in seconds['train']]
    whole = [v * rounds + ap for v, ap in zip(seconds['val'], seconds['ap'], strict=True)]
    what = f'{CONFIG}: %s of {args.val} pictures / training on {args.train}'
    return [
        compared(what % 'validation (forward, peaks, AP)', whole, epoch, most=0.1),
        compared(what % 'AP alone', seconds['ap'], epoch, most=0.1),
    ]


PARTS = {'ap': ap_part, 'peaks': peaks_part, 'targets': targets_part, 'epoch': epoch_part}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the chosen parts; 0 if all were measured, 2 if the input is wrong."""
    args = parse_args(argv)
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)

    def measured() -> list[Row]:
        return [{'part': part, **row} for part in args.parts for row in PARTS[part](args)]

    return run_benchmark(
        args, measured, f'{args.repeats} rounds, medians; ratios within a round, median and spread'
    )


if __name__ == '__main__':
    sys.exit(main())
