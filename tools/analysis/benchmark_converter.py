"""Measure the speed of converting, training and fitting, against the plain ways, in one run.

Parts: ``convert`` (a COCO file end to end, against reading and writing it with orjson), ``batch``
(arrays in one call, against one call each), ``train`` (the shipped data path and step, against a
DataLoader over single samples with the same step), ``fit`` (the affine fit, against one target
after the other). Rivals take turns, so that what else the machine does hits both.

Example:
    python tools/analysis/benchmark_converter.py --data data --out benchmark.json
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import torch
from benchmark_data import DIRECTION, SOURCE, TARGET, coco_document, synthetic_pairs
from benchmark_rivals import SinglePairs, fit_affine_one_by_one
from benchmark_run import Row, compared, run_benchmark, within
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS
from torch.utils.data import DataLoader, RandomSampler

from mmlandmark.annotations.collection import paused_gc
from mmlandmark.annotations.writer import write_json
from mmlandmark.apis import LandmarkConverterInferencer, convert_file
from mmlandmark.datasets import PairedKeypointDataset, packed_collate
from mmlandmark.models.converters import KeypointConverter, fit_affine
from mmlandmark.models.converters.checkpoint import META_KEY, PREFIX
from mmlandmark.options import count
from mmlandmark.schemas import get_mapping, get_schema
from mmlandmark.schemas.locate import configs_root

PAIR_FILE = 'body_coco17_mpii16/train.json'


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--parts', nargs='+', choices=list(PARTS), default=list(PARTS))
    parser.add_argument('--annotations', type=count, default=100_000, help='of the converted file')
    parser.add_argument('--missing', type=float, default=0.0, help='share of points without label')
    parser.add_argument('--instances', type=count, default=100_000, help='converted in one call')
    parser.add_argument('--calls', type=count, default=200, help='conversions one by one')
    parser.add_argument('--pairs', type=count, default=11_600, help='pairs that are fitted')
    parser.add_argument('--batch-size', type=count, default=1024, help='of a training step')
    parser.add_argument('--steps', type=count, default=20, help='training steps a repeat')
    parser.add_argument('--repeats', type=count, default=5, help='rounds of each comparison')
    parser.add_argument('--threads', type=count, default=1, help='of torch')
    parser.add_argument(
        '--data',
        default=os.environ.get('MMLANDMARK_DATA'),
        help=f'folder with {PAIR_FILE}; synthetic pairs without it',
    )
    parser.add_argument('--out', help='write the results there as JSON')
    parser.add_argument('--overwrite', action='store_true', help='replace OUT')
    return parser.parse_args(argv)


def measure(ways: dict[str, Callable[[], object]], repeats: int) -> dict[str, list[float]]:
    """Return wall seconds of each way; the first round, which warms up, is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(repeats + 1):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            if turn:
                seconds[name].append(time.perf_counter() - start)
    return seconds


class Bench:
    """What the parts share: pairs, fitted converters and a folder for files.

    Args:
        args: The options.
        folder: For temporary files.
    """

    def __init__(self, args: argparse.Namespace, folder: Path) -> None:
        self.args, self.folder = args, folder
        self.pair_file = folder / 'pairs.json'
        if args.data:
            self.pair_file = Path(args.data) / PAIR_FILE
        else:
            write_json(self.pair_file, synthetic_pairs(args.pairs))
        self.dataset = PairedKeypointDataset(str(self.pair_file), SOURCE, TARGET)
        self.converters = {kind: self.fitted(kind) for kind in ('affine', 'residual')}

    def fitted(self, kind: str) -> KeypointConverter:
        """Return the converter of a shipped config, fitted in closed form."""
        options = dict(shipped_config(kind).model.head)
        options.pop('loss', None)
        converter = KeypointConverter(SOURCE, TARGET, **options)
        converter.fit(*self.fit_arguments())
        return converter.eval()

    def fit_arguments(self) -> list[torch.Tensor]:
        """Return the pairs that are fitted, as many as asked for."""
        arrays = self.dataset.arrays()
        rows = torch.arange(self.args.pairs) % len(self.dataset)
        fields = [
            arrays[side][name] for side in arrays for name in ('keypoints', 'keypoints_visible')
        ]
        return [field[rows] for field in (*fields, arrays['inputs']['bboxes'])]

    def instances(self, num: int) -> tuple[np.ndarray, np.ndarray]:
        """Return that many source instances, with points missing as asked for."""
        inputs = self.dataset.arrays()['inputs']
        rows = np.arange(num) % len(self.dataset)
        points = inputs['keypoints'].double().numpy()[rows]
        visible = inputs['keypoints_visible'].numpy()[rows]
        gone = np.random.default_rng(0).random(visible.shape) < self.args.missing
        return points, np.where(gone, 0, visible)

    def inferencer(self, kind: str) -> LandmarkConverterInferencer:
        """Return a converter reloaded from a checkpoint, as a user has it."""
        converter, path = self.converters[kind], self.folder / f'{kind}.pth'
        state = {PREFIX + name: value for name, value in converter.state_dict().items()}
        meta = {META_KEY: json.dumps(converter.describe())}
        torch.save(dict(meta=meta, state_dict=state), path)
        return LandmarkConverterInferencer(path)


def shipped_config(kind: str) -> Config:
    """Return the config of the task with a network of that kind."""
    return Config.fromfile(configs_root() / 'converter' / f'{DIRECTION}_{kind}.py')


def convert_part(bench: Bench) -> list[Row]:
    """Convert a file end to end, against orjson reading and writing it."""
    num = bench.args.annotations
    plain, result = bench.folder / 'in.json', bench.folder / 'out.json'
    write_json(plain, coco_document(*bench.instances(num)))
    converters = {'mapping': get_mapping(DIRECTION), **bench.converters}

    def read_and_write() -> None:
        result.write_bytes(orjson.dumps(orjson.loads(plain.read_bytes())))

    def without_collector() -> None:
        with paused_gc():
            read_and_write()

    ways = {'orjson': read_and_write, 'orjson, collector off': without_collector}
    for kind, converter in converters.items():
        ways[kind] = partial(convert_file, converter, plain, result, overwrite=True)
    seconds = measure(ways, bench.args.repeats)
    return [
        compared(f'{kind}: {num} annotations / {way}', seconds[kind], seconds[way], most=2)
        for way in ('orjson', 'orjson, collector off')
        for kind in converters
    ]


def batch_part(bench: Bench) -> list[Row]:
    """Convert arrays in one call, against one call for each instance."""
    num, calls = bench.args.instances, bench.args.calls
    points, visible = bench.instances(num)
    rows = []
    for kind in bench.converters:
        inferencer = bench.inferencer(kind)
        ways = {
            'batch': lambda i=inferencer: i(points, visible),
            'single': lambda i=inferencer: [i(points[k], visible[k]) for k in range(calls)],
        }
        seconds = measure(ways, bench.args.repeats)
        single = [s / calls * num for s in seconds['single']]
        what = f'{kind}: {num} instances one by one (from {calls}) / at once'
        rows.append(compared(what, seconds['batch'], single, least=150))
    return rows


def train_part(bench: Bench) -> list[Row]:
    """Train on whole batches, against a DataLoader over single samples with the same step."""
    size, steps = bench.args.batch_size, bench.args.steps
    config = shipped_config('residual')
    init_default_scope('mmpose')
    plain_model = {**config.model, 'data_preprocessor': {}}
    single = SinglePairs(
        bench.dataset.arrays(), (get_schema(SOURCE).flip_indices, get_schema(TARGET).flip_indices)
    )
    ways = {
        'ours': stepper(config.model, config.optim_wrapper, bench.dataset, size, steps, True),
        'plain': stepper(plain_model, config.optim_wrapper, single, size, steps, False),
    }
    seconds = measure(ways, bench.args.repeats)
    what = f'{steps} steps of {size}: {{}} samples/s; single samples / whole batches'
    rate = steps * size / statistics.median(seconds['ours'])
    return [compared(what.format(round(rate)), seconds['ours'], seconds['plain'], least=7)]


def stepper(
    model_config: dict, optim: dict, dataset: Any, size: int, steps: int, packed: bool
) -> Callable[[], None]:
    """Return a function that takes so many training steps, from fetching to the optimiser."""
    model = MODELS.build(model_config).train()
    wrapper = build_optim_wrapper(model, optim)
    sampler = RandomSampler(dataset, replacement=True, num_samples=size * steps)
    collate = dict(collate_fn=packed_collate) if packed else {}
    loader = DataLoader(dataset, size, sampler=sampler, **collate)

    def run() -> None:
        for batch in loader:
            model.train_step(batch, wrapper)

    return run


def fit_part(bench: Bench) -> list[Row]:
    """Fit everything that has a closed form; and the affine weights alone, against plain Python."""
    converter, pairs = bench.converters['affine'], bench.fit_arguments()
    points, visible, target, target_visible, _ = pairs
    complete = converter.completion(points.double(), visible > 0)
    frame = converter.normalizer(complete, None)
    source, target = frame.encode(complete), frame.encode(target.double())
    supervised = target_visible > 0
    prior = torch.as_tensor(converter.mapping.matrix.copy())
    prior[(prior == 0).all(1)] = 1 / prior.shape[1]
    found: dict[str, np.ndarray] = {}

    def ours() -> None:
        found['ours'] = fit_affine(source, target, supervised, prior=prior).weight.numpy()

    def plain() -> None:
        arrays = (source.numpy(), target.numpy(), supervised.numpy(), prior.numpy())
        found['plain'] = fit_affine_one_by_one(*arrays)

    ways = {'whole': lambda: converter.fit(*pairs), 'ours': ours, 'plain': plain}
    seconds = measure(ways, bench.args.repeats)
    apart = float(np.abs(found['ours'] - found['plain']).max())
    num = bench.args.pairs
    return [
        within(f'affine converter: everything fitted on {num} pairs', seconds['whole'], most=1.0),
        compared(
            f'affine weights of {num} pairs, no flips (apart by {apart:.0e})',
            seconds['ours'],
            seconds['plain'],
        ),
    ]


PARTS = {'convert': convert_part, 'batch': batch_part, 'train': train_part, 'fit': fit_part}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the chosen parts; 0 if all were measured, 2 if the input is wrong."""
    args = parse_args(argv)
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)

    def measured() -> list[Row]:
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(args, Path(folder))
            return [{'part': part, **row} for part in args.parts for row in PARTS[part](bench)]

    return run_benchmark(
        args, measured, f'{args.repeats} rounds, medians; ratios within a round, median and spread'
    )


if __name__ == '__main__':
    sys.exit(main())
