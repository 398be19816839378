"""Measure what a training step costs with a head for several data sets, against plain heads.

Parts: ``union`` (a UnionHeatmapHead on a batch of two data sets, against a HeatmapHead of as many
channels on the same batch), ``decoders`` (a MultiDecoderHead on a batch of six data sets, against
the same batch on one decoder). A step is forward, loss and backward, of the head alone on given
features and of whole models. Rivals take turns, so that what else the machine does hits both.

Example:
    python tools/analysis/benchmark_heads.py --out benchmark.json
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from benchmark_run import Row, compared, run_benchmark
from mmengine.hub import get_config
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData, PixelData
from mmpose.registry import KEYPOINT_CODECS, MODELS
from mmpose.structures import PoseDataSample

import mmlandmark  # noqa: F401
from mmlandmark.options import count
from mmlandmark.schemas import get_union

UNION, UNION_DATASETS = 'union21', {'coco': 'coco17', 'mpii': 'mpii16'}
SIX_DATASETS = {f'coco_{number}': 'coco17' for number in range(6)}
ONE_DATASET = {'coco': 'coco17'}
GOALS = {'union': 1.03, 'decoders': 1.15}
HRNET = 'body_2d_keypoint/topdown_heatmap/coco/td-hm_hrnet-w32_8xb64-210e_coco-256x192.py'


@dataclass(frozen=True)
class Model:
    """A backbone and the layers of the heads on it.

    Args:
        backbone: Returns its config; None for features that are given.
        channels: Of the features.
        stride: Of the features.
        deconvs: Layers of the head that double the size of the features.
    """

    backbone: Callable[[], dict] | None
    channels: int
    stride: int
    deconvs: int


MODELS_MEASURED = {
    'head alone': Model(None, 32, 4, 0),
    'ResNet-18': Model(lambda: dict(type='ResNet', depth=18), 512, 32, 3),
    'HRNet-W32': Model(lambda: get_config(f'mmpose::{HRNET}').model.backbone, 32, 4, 0),
}


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('--parts', nargs='+', choices=list(PARTS), default=list(PARTS))
    add('--models', nargs='+', choices=list(MODELS_MEASURED), default=list(MODELS_MEASURED))
    add('--batch-size', type=count, default=48, help='images of a step')
    add('--size', type=count, nargs=2, default=(64, 64), help='of the images, multiples of 32')
    add('--head-size', type=count, nargs=2, default=(192, 256), help='the same for the head alone')
    add('--labelled', type=float, default=0.9, help='share of the keypoints with a label')
    add('--steps', type=count, default=1, help='steps a round')
    add('--repeats', type=count, default=15, help='rounds of each comparison')
    add('--threads', type=count, default=1, help='of torch')
    add('--device', default='cpu', help='cpu or cuda')
    add('--no-accuracy', action='store_true', help='without the accuracy of training batches')
    add('--out', help='write the results there as JSON')
    add('--overwrite', action='store_true', help='replace OUT')
    return parser.parse_args(argv)


class Bench:
    """What the comparisons on one model share: sizes, samples, steps and the clock.

    Args:
        args: The options.
        model: A backbone and the layers of the heads.
    """

    def __init__(self, args: argparse.Namespace, model: Model) -> None:
        self.args, self.model = args, model
        self.size = tuple(args.head_size if model.backbone is None else args.size)
        maps = tuple(side // 4 for side in self.size)
        self.codec = dict(type='MSRAHeatmap', input_size=self.size, heatmap_size=maps, sigma=2)

    def samples(
        self, channels: Mapping[str, np.ndarray], num_channels: int | None = None
    ) -> list[PoseDataSample]:
        """Return a batch in which data sets take turns; the same points whatever is asked for.

        Args:
            channels: Data set name -> the channel of each of its points.
            num_channels: Labels are in so many channels, by default in the data set's own order.
        """
        random, codec = np.random.default_rng(0), KEYPOINT_CODECS.build(self.codec)
        names, made = list(channels), []
        for number in range(self.args.batch_size):
            name = names[number % len(names)]
            places = channels[name]
            points = random.uniform(0.1, 0.9, (1, len(places), 2)) * self.size
            visible = random.random((1, len(places))) < self.args.labelled
            if num_channels is not None:
                points = _spread(points, places, num_channels)
                visible = _spread(visible, places, num_channels)
            encoded = codec.encode(points.astype(np.float32), visible.astype(np.float32))
            sample = PoseDataSample(metainfo=dict(id=number, dataset_name=name))
            sample.gt_fields = PixelData(heatmaps=encoded['heatmaps']).to_tensor()
            weights = encoded['keypoint_weights'].astype(np.float32)
            sample.gt_instance_labels = InstanceData(keypoint_weights=weights).to_tensor()
            made.append(sample.to(self.args.device))
        return made

    def settings(self, kind: str) -> dict[str, Any]:
        """Return the config of a HeatmapHead, or of one that takes the same arguments."""
        return dict(
            type=kind,
            in_channels=self.model.channels,
            deconv_out_channels=(256,) * self.model.deconvs or None,
            deconv_kernel_sizes=(4,) * self.model.deconvs or None,
            loss=dict(type='KeypointMSELoss', use_target_weight=True),
            decoder=self.codec,
        )

    def stepper(self, head: Mapping[str, Any], samples: list[PoseDataSample]) -> Callable[[], None]:
        """Return a function that takes a round of training steps, without the optimiser's part."""
        model = self.model
        torch.manual_seed(0)
        head = MODELS.build(head).to(self.args.device)
        sides, channels = [side // model.stride for side in self.size], model.channels
        backbone = None
        if model.backbone is not None:
            backbone = MODELS.build(model.backbone()).to(self.args.device)
            sides, channels = self.size, 3
        inputs = torch.randn(self.args.batch_size, channels, *sides[::-1], device=self.args.device)
        inputs.requires_grad_(backbone is None)  # a backbone would ask for that gradient
        trained = [inputs, *head.parameters(), *(backbone.parameters() if backbone else ())]
        settings = dict(compute_acc=not self.args.no_accuracy)

        def run() -> None:
            for _ in range(self.args.steps):
                feats = backbone(inputs) if backbone else (inputs,)
                losses = head.loss(feats, samples, train_cfg=settings)
                sum(value for name, value in losses.items() if 'loss' in name).backward()
                for tensor in trained:
                    tensor.grad = None
            if inputs.is_cuda:
                torch.cuda.synchronize(inputs.device)

        return run

    def measure(self, ways: Mapping[str, Callable[[], None]]) -> dict[str, list[float]]:
        """Return the seconds of each way in each round, after one that warms up.

        On a CPU they are those of this process, which others on the machine hardly change.
        """
        clock = time.process_time if self.args.device == 'cpu' else time.perf_counter
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(self.args.repeats + 1):
            for name, way in ways.items():
                start = clock()
                way()
                if turn:
                    seconds[name].append(clock() - start)
        return seconds


def union_part(bench: Bench, name: str) -> list[Row]:
    """Compare a head of a union with a plain head of as many channels."""
    union = get_union(UNION)
    channels = {key: union.channel_indices(member) for key, member in UNION_DATASETS.items()}
    plain = bench.settings('HeatmapHead') | dict(out_channels=union.num_channels)
    ours = bench.settings('UnionHeatmapHead') | dict(union=UNION, datasets=UNION_DATASETS)
    seconds = bench.measure(
        {
            'union': bench.stepper(ours, bench.samples(channels)),
            'plain': bench.stepper(plain, bench.samples(channels, union.num_channels)),
        }
    )
    what = f'{name}: UnionHeatmapHead {UNION} / HeatmapHead of {union.num_channels} channels'
    return [compared(what, seconds['union'], seconds['plain'], most=GOALS['union'])]


def decoders_part(bench: Bench, name: str) -> list[Row]:
    """Compare six decoders with one, and with a plain head."""
    settings = bench.settings('HeatmapHead')
    ways = {'plain': settings | dict(out_channels=17)}
    for key, datasets in (('six', SIX_DATASETS), ('one', ONE_DATASET)):
        ways[key] = dict(type='MultiDecoderHead', datasets=datasets, decoder_head=settings)
    order = get_union(UNION).channel_indices('coco17')
    batches = {'six': SIX_DATASETS, 'one': ONE_DATASET, 'plain': ONE_DATASET}
    seconds = bench.measure(
        {
            key: bench.stepper(ways[key], bench.samples(dict.fromkeys(batches[key], order)))
            for key in batches
        }
    )
    return [
        compared(
            f'{name}: MultiDecoderHead, six decoders / {rival}',
            seconds['six'],
            seconds[key],
            most=GOALS['decoders'],
        )
        for key, rival in (('one', 'one decoder'), ('plain', 'HeatmapHead'))
    ]


PARTS = {'union': union_part, 'decoders': decoders_part}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the chosen parts; 0 if all were measured, 2 if the input is wrong."""
    args = parse_args(argv)
    torch.set_num_threads(args.threads)
    init_default_scope('mmpose')

    def measured() -> list[Row]:
        return [
            {'part': part, **row}
            for part in args.parts
            for name in args.models
            for row in PARTS[part](Bench(args, MODELS_MEASURED[name]), name)
        ]

    told = (
        f'{args.batch_size} images, {args.steps} steps a round, {args.repeats} rounds, '
        'medians; ratios within a round, median and spread'
    )
    return run_benchmark(args, measured, told)


def _spread(values: np.ndarray, places: np.ndarray, num_channels: int) -> np.ndarray:
    """Return values (1, K, ...) in their channels (1, C, ...), zero elsewhere."""
    spread = np.zeros((1, num_channels, *values.shape[2:]), values.dtype)
    spread[:, places] = values
    return spread


if __name__ == '__main__':
    sys.exit(main())
