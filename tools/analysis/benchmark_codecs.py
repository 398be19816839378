"""Measure drawing targets and decoding outputs for whole batches, against MMPose's codecs.

Parts: ``encode`` (coordinates of a batch to its targets as one tensor), ``loss`` (coordinates and
outputs to a loss and its gradient, as in a training step), ``decode`` (outputs to points in numpy),
``growth`` (encode and decode with more and more keypoints). Rivals take turns, so that what else
the machine does hits both.

Example:
    python tools/analysis/benchmark_codecs.py --out codecs.json
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from benchmark_run import Row, by_process, compared, run_benchmark
from mmpose.registry import KEYPOINT_CODECS, MODELS
from torch import Tensor

import mmlandmark  # noqa: F401
from mmlandmark.codecs.device_codec import device_codec
from mmlandmark.geometry.product_maps import ProductMaps
from mmlandmark.models.heads.device_labels import draw_rows
from mmlandmark.models.heads.row_losses import call_loss
from mmlandmark.models.losses.product_maps import product_loss
from mmlandmark.options import count

SIZE = dict(input_size=(256, 256))
MAPS = SIZE | dict(heatmap_size=(64, 64), sigma=2.0)
CODECS = {
    'MSRA': dict(type='MSRAHeatmap', **MAPS),
    'MSRA, DARK': dict(type='MSRAHeatmap', unbiased=True, **MAPS),
    'UDP': dict(type='UDPHeatmap', **MAPS),
    'UDP, combined': dict(type='UDPHeatmap', heatmap_type='combined', **MAPS),
    'SimCC': dict(type='SimCCLabel', **SIZE),
    'SimCC, one-hot': dict(type='SimCCLabel', smoothing_type='standard', **SIZE),
    'SimCC, DARK': dict(type='SimCCLabel', use_dark=True, **SIZE),
}
LOSSES = {
    'maps': dict(type='KeypointMSELoss', use_target_weight=True),
    'combined': dict(type='CombinedTargetMSELoss', use_target_weight=True),
    'vectors': dict(type='KLDiscretLoss', use_target_weight=True),
}
KEYS = ('heatmaps', 'keypoint_x_labels', 'keypoint_y_labels')
ENCODED, DARK = 20, 10


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('--parts', nargs='+', choices=list(PARTS), default=list(PARTS))
    add('--codecs', nargs='+', choices=list(CODECS), default=list(CODECS))
    add('--batch-size', type=count, default=32)
    add('--keypoints', type=count, default=98)
    add('--growth', nargs='+', type=count, default=[17, 68, 133, 600], help='numbers of keypoints')
    add('--growth-batch', type=count, default=4, help='samples of the part growth')
    add('--repeats', type=count, default=5, help='rounds of each comparison')
    add('--threads', type=count, default=1, help='of torch and OpenCV')
    add('--device', default='cpu', help='where ours runs, such as cuda')
    add('--out', help='write the results there as JSON')
    add('--overwrite', action='store_true', help='replace OUT')
    return parser.parse_args(argv)


class Case:
    """A codec, points of a batch and outputs like those of a trained network.

    Args:
        name: Of the codec.
        samples: In the batch.
        keypoints: Of a sample.
        device: Where ours runs.
    """

    def __init__(self, name: str, samples: int, keypoints: int, device: str) -> None:
        rng = np.random.default_rng(0)
        self.device = torch.device(device)
        self.codec = KEYPOINT_CODECS.build(dict(CODECS[name]))
        self.ours = device_codec(self.codec, name)
        kind = 'vectors' if name.startswith('SimCC') else 'combined' if 'comb' in name else 'maps'
        self.loss = MODELS.build(dict(LOSSES[kind]))
        shape = (samples, keypoints)
        self.points = (rng.uniform(0, 1, (*shape, 2)) * 256).astype(np.float32)
        self.visible = np.ones(shape, dtype=np.float32)
        self.coordinates = torch.from_numpy(self.points), torch.from_numpy(self.visible)
        generator = torch.Generator().manual_seed(0)
        noise = (torch.randn(part.shape, generator=generator) for part in self.stacked())
        self.outputs = tuple(
            part + 0.002 * by.to(self.device)
            for part, by in zip(self.stacked(), noise, strict=True)
        )

    def encoded(self) -> list[dict[str, Any]]:
        """Encode sample by sample, as in a loader."""
        pairs = zip(self.points, self.visible, strict=True)
        return [self.codec.encode(p[None], v[None]) for p, v in pairs]

    def stacked(self) -> tuple[Tensor, ...]:
        """Encode and put into one tensor, which is what a loss is given."""
        encoded = self.encoded()
        keys = [key for key in KEYS if key in encoded[0]]
        join = torch.stack if keys[0] == 'heatmaps' else torch.cat
        parts = (join([torch.from_numpy(one[key]) for one in encoded]) for key in keys)
        return tuple(part.to(self.device) for part in parts)

    def drawn(self) -> tuple[Tensor, ...]:
        """Draw all targets."""
        points, visible = (part.to(self.device) for part in self.coordinates)
        _, shown = self.ours.weigh(points, visible, visible)
        rows = self.ours.draw(points.flatten(0, 1), shown.flatten())
        self._wait()
        return rows

    def trained_one_by_one(self) -> Tensor:
        """Encode as in a loader, take the gradient of the loss and return the loss."""
        outputs = self._learning()
        weights = torch.from_numpy(self.visible).to(self.device)
        return self._learnt(call_loss(self.loss, outputs, self.stacked(), weights))

    def trained(self) -> Tensor:
        """Take the gradient of the loss of coordinates and return the loss."""
        points, visible = (part.to(self.device) for part in self.coordinates)
        weights, shown = self.ours.weigh(points, visible, visible)
        rows, outputs = draw_rows(self.ours, self.loss, points, shown), self._learning()
        if isinstance(rows[0], ProductMaps):
            loss = product_loss(self.loss, outputs[0], rows[0], weights)
        else:
            targets = tuple(r.view(part.shape) for r, part in zip(rows, outputs, strict=True))
            loss = call_loss(self.loss, outputs, targets, weights)
        return self._learnt(loss)

    def _learning(self) -> tuple[Tensor, ...]:
        return tuple(part.detach().requires_grad_() for part in self.outputs)

    def _learnt(self, loss: Tensor) -> Tensor:
        loss.backward()
        self._wait()
        return loss.detach()

    def decoded_one_by_one(self) -> list[Any]:
        """Decode as MMPose's heads do: all maps to the CPU, then sample by sample."""
        arrays = [part.cpu().numpy() for part in self.outputs]
        if len(arrays) == 2:  # with a dimension of instances, without which DARK fails
            arrays = [part[:, None] for part in arrays]
        return [self.codec.decode(*one) for one in zip(*arrays, strict=True)]

    def decoded(self) -> list[np.ndarray]:
        """Decode all, with one copy back."""
        outputs = self.outputs if len(self.outputs) == 2 else self.outputs[0]
        points, scores, _ = self.ours.decode(outputs)
        return torch.cat((points, scores[..., None]), dim=-1).cpu().numpy()

    def _wait(self) -> None:
        if self.device.type == 'cuda':
            torch.cuda.synchronize(self.device)


def rival_rows(
    what: str, ours: Callable[[], Any], rivals: dict[str, Callable[[], Any]], args: Any, goal: Any
) -> list[Row]:
    """Return a row for each rival; the goal is for all of them.

    Seconds are those of the process where it has one thread on a CPU: those of the clock would
    be of all others too that the machine serves.
    """
    clock = time.process_time if by_process(args) else time.perf_counter
    ways = {'ours': ours, **rivals}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(args.repeats + 1):
        for name, way in ways.items():
            start = clock()
            way()
            if turn:  # the first round warms up
                seconds[name].append(clock() - start)
    return [
        compared(f'{what}: {name} / ours', seconds['ours'], seconds[name], least=goal)
        for name in rivals
    ]


def encode_part(args: argparse.Namespace) -> list[Row]:
    """Targets of a batch, against the codec alone and with the stacking that the loss needs."""
    rows = []
    for name in (name for name in args.codecs if name != 'SimCC, DARK'):
        case = Case(name, args.batch_size, args.keypoints, args.device)
        rivals = {'codec': case.encoded, 'codec and stack': case.stacked}
        rows += rival_rows(name, case.drawn, rivals, args, ENCODED)
    return rows


def loss_part(args: argparse.Namespace) -> list[Row]:
    """What a training step pays for its targets: drawn, or not, and the loss with its gradient."""
    rows = []
    for name in (name for name in args.codecs if name != 'SimCC, DARK'):
        case = Case(name, args.batch_size, args.keypoints, args.device)
        rivals = {'codec, stack and loss': case.trained_one_by_one}
        rows += rival_rows(name, case.trained, rivals, args, None)
    return rows


def decode_part(args: argparse.Namespace) -> list[Row]:
    """Points of a batch."""
    rows = []
    for name in (name for name in args.codecs if name != 'SimCC, one-hot'):
        case = Case(name, args.batch_size, args.keypoints, args.device)
        goal = DARK if 'DARK' in name or name == 'UDP' else None
        rivals = {'codec': case.decoded_one_by_one}
        rows += rival_rows(name, case.decoded, rivals, args, goal)
    return rows


def growth_part(args: argparse.Namespace) -> list[Row]:
    """Both for UDP and SimCC with more and more keypoints."""
    rows = []
    for name in (name for name in ('UDP', 'SimCC') if name in args.codecs):
        for keypoints in args.growth:
            case = Case(name, args.growth_batch, keypoints, args.device)
            what = f'{name}, {args.growth_batch} x {keypoints} keypoints'
            rivals = {'codec and stack': case.stacked}
            rows += rival_rows(f'encode {what}', case.drawn, rivals, args, None)
            rivals = {'codec': case.decoded_one_by_one}
            rows += rival_rows(f'decode {what}', case.decoded, rivals, args, None)
    return rows


PARTS = {'encode': encode_part, 'loss': loss_part, 'decode': decode_part, 'growth': growth_part}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the chosen parts; 0 if all were measured, 2 if the input is wrong."""
    import cv2

    args = parse_args(argv)
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(args.threads)

    def measured() -> list[Row]:
        return [{'part': part, **row} for part in args.parts for row in PARTS[part](args)]

    told = (
        f'{args.batch_size} samples of {args.keypoints} keypoints, inputs of 256 x 256, maps '
        f'of 64 x 64, {args.repeats} rounds, medians; ratios within a round; '
        f'seconds of the {"process" if by_process(args) else "clock"}'
    )
    return run_benchmark(args, measured, told)


if __name__ == '__main__':
    sys.exit(main())
