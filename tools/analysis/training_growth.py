"""What a step of a head costs as keypoints and data sets become more."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from mmengine.structures import InstanceData
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample
from scipy.optimize import nnls
from torch import Tensor

from mmlandmark.schemas import KeypointSchema, SchemaUnion

BATCH, CHANNELS, SIDE, INPUT = 14, 32, 16, 64
HEATMAP = dict(
    in_channels=CHANNELS,
    deconv_out_channels=None,
    loss=dict(type='KeypointMSELoss', use_target_weight=True),
    decoder=dict(
        type='MSRAHeatmap', input_size=(INPUT, INPUT), heatmap_size=(SIDE, SIDE), sigma=2.0
    ),
)
SIMCC = dict(
    in_channels=CHANNELS,
    input_size=(INPUT, INPUT),
    in_featuremap_size=(SIDE, SIDE),
    decoder=dict(type='SimCCLabel', input_size=(INPUT, INPUT)),
)
TERMS = ('once', 'a keypoint', 'a pair of keypoints', 'a data set', 'a keypoint of a data set')
HEADS = ('UnionHeatmapHead', 'UnionRTMCCHead', 'MultiDecoderHead')


def growth_rows(
    keypoints: Sequence[int],
    datasets: Sequence[int],
    repeats: int,
    clock: Callable[[], float],
    device: str,
) -> list[dict[str, Any]]:
    """Return a row for each head, number of keypoints and number of data sets, and the curves.

    The batch is always as large; its samples are of the data sets in turn. All data sets name the
    same keypoints, so that a union has as many channels as one of them.

    Args:
        keypoints: Numbers of keypoints.
        datasets: Numbers of data sets.
        repeats: Steps of each case; cases take turns.
        clock: What tells the seconds.
        device: Where the heads are.
    """
    cases = [(h, k, d) for h in HEADS for k in keypoints for d in datasets]
    steps = {case: Step(*case, device) for case in cases}
    seconds: dict[tuple, list[float]] = {case: [] for case in cases}
    for turn in range(repeats + 1):
        for case, step in steps.items():
            start = clock()
            step()
            if turn:
                seconds[case].append(clock() - start)
    rows, curves = [], []
    for head in HEADS:
        sizes, times, kept = [], [], []
        for (name, k, d), step in steps.items():
            if name != head:
                continue
            saved, parameters = step.memory()
            sizes.append((k, d))
            times.append(statistics.median(seconds[head, k, d]))
            kept.append(saved / 1e6)
            rows.append(
                {'what': f'{head}: {k} keypoints, {d} data sets', 'ours (s)': times[-1]}
                | {'value': kept[-1], 'unit': 'MB kept', 'parameters': parameters}
            )
        if len(set(keypoints)) > 2 and len(set(datasets)) > 1:
            curves += curve_rows(head, sizes, [1000 * one for one in times], 'ms')
            curves += curve_rows(head, sizes, kept, 'MB')
    return rows + curves


def curve_rows(
    head: str, sizes: Sequence[tuple[int, int]], values: Sequence[float], unit: str
) -> list[dict[str, Any]]:
    """Return the terms of a curve, and what each is of the largest case.

    Args:
        head: Name for the rows.
        sizes: Numbers of keypoints and data sets of each case.
        values: What was measured.
        unit: Of it.
    """
    terms, errors = fitted(sizes, values)
    k, d = max(sizes)
    rows = []
    for (term, factor), size in zip(terms.items(), _terms(k, d), strict=True):
        share = f'{factor * size:.3g} {unit} of {k} keypoints, {d} data sets'
        rows.append({'what': f'{head}: {term}: {share}', 'value': factor, 'unit': unit})
    return [
        *rows,
        {'what': f'{head}: largest error of the curve', 'value': errors, 'unit': 'share'},
    ]


def fitted(
    sizes: Sequence[tuple[int, int]], values: Sequence[float]
) -> tuple[dict[str, float], float]:
    """Fit a constant, keypoints, keypoints squared, data sets, and keypoints x data sets.

    Relative errors are made small, so that small cases count. No factor is below 0: nothing
    becomes cheaper.

    Args:
        sizes: Numbers of keypoints and data sets of each case.
        values: Of each.

    Returns:
        The factor of each term, and the largest relative error of a case.
    """
    given = np.asarray(values, dtype=float)
    matrix = np.array([_terms(k, d) for k, d in sizes], dtype=float)
    factors, _ = nnls(matrix / given[:, None], np.ones(len(given)))
    errors = np.abs(matrix @ factors / given - 1).max()
    return dict(zip(TERMS, factors.tolist(), strict=True)), float(errors)


def _terms(keypoints: int, datasets: int) -> tuple[float, ...]:
    return (1, keypoints, keypoints**2, datasets, keypoints * datasets)


class Step:
    """Forward, loss and backward of a head on given features.

    Args:
        head: One of ``HEADS``.
        keypoints: Of each data set.
        datasets: How many.
        device: Where it is.
    """

    def __init__(self, head: str, keypoints: int, datasets: int, device: str) -> None:
        names = tuple(f'point_{number}' for number in range(keypoints))
        schemas = {f's{number}': KeypointSchema(f's{number}', names) for number in range(datasets)}
        torch.manual_seed(0)
        self.head = MODELS.build(_config(head, schemas)).to(device)
        self.features = torch.randn(BATCH, CHANNELS, SIDE, SIDE, device=device, requires_grad=True)
        self.samples = [_sample(row, keypoints, datasets).to(device) for row in range(BATCH)]

    def __call__(self) -> None:
        """Take the step."""
        self._loss().backward()
        self.head.zero_grad()
        self.features.grad = None
        if self.features.is_cuda:
            torch.cuda.synchronize(self.features.device)

    def memory(self) -> tuple[int, int]:
        """Return the bytes that wait for the backward pass, and the number of parameters."""
        own = {_place(tensor) for tensor in (*self.head.parameters(), *self.head.buffers())}
        kept: dict[int, int] = {}

        def pack(tensor: Tensor) -> Tensor:
            if _place(tensor) not in own:
                kept[_place(tensor)] = tensor.untyped_storage().nbytes()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            loss = self._loss()
        del loss
        return sum(kept.values()), sum(tensor.numel() for tensor in self.head.parameters())

    def _loss(self) -> Tensor:
        losses = self.head.loss((self.features,), self.samples, train_cfg={})
        return sum(value for name, value in losses.items() if 'loss' in name)


def _place(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def _config(head: str, schemas: dict[str, KeypointSchema]) -> dict[str, Any]:
    if head == 'MultiDecoderHead':
        inner = dict(HEATMAP, type='HeatmapHead')
        return dict(type=head, datasets=schemas, decoder_head=inner, targets='device')
    union = SchemaUnion.build(*schemas.values(), name='all')
    layers = HEATMAP if head == 'UnionHeatmapHead' else SIMCC
    members = {name: name for name in schemas}
    return dict(layers, type=head, union=union, datasets=members, targets='device')


def _sample(row: int, keypoints: int, datasets: int) -> PoseDataSample:
    rng = np.random.default_rng(row)
    sample = PoseDataSample(metainfo=dict(id=row, dataset_name=f's{row % datasets}'))
    points = rng.uniform(0.1, 0.9, (1, keypoints, 2)).astype(np.float32) * INPUT
    ones = np.ones((1, keypoints), dtype=np.float32)
    labels = dict(input_keypoints=points, input_visible=ones, keypoint_weights=ones)
    sample.gt_instance_labels = InstanceData(**labels).to_tensor()
    return sample
