"""Average precision of channel keypoints as an MMEngine metric."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.logging import print_log
from mmpose.registry import METRICS

from mmlandmark.annotations.writer import write_json
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.keypoint_ap_result import KeypointAPResult
from mmlandmark.evaluation.functional.keypoint_average_precision import (
    check_settings,
    keypoint_average_precision,
)
from mmlandmark.evaluation.functional.keypoint_matching import ChannelPoints
from mmlandmark.evaluation.functional.precision_recall import check_interpolation
from mmlandmark.evaluation.metrics.packed_metric import PackedMetric
from mmlandmark.evaluation.metrics.packed_samples import PackedSamples, Table, one_table, texts
from mmlandmark.evaluation.metrics.sample_arrays import join_rows
from mmlandmark.geometry.affine import apply_affine

PICTURES, FOUND, TRUTH = 'pictures', 'found', 'truth'


@METRICS.register_module()
class KeypointAveragePrecision(PackedMetric):
    """Average precision of any number of keypoints per channel; higher is better.

    See `evaluation.functional.keypoint_average_precision`. Distances are pixels of the original
    picture. The keys, for channel ``corner`` and thresholds of 2 and 4 pixels: ``AP/corner@2px``,
    ``AP/corner@4px``, ``AP/corner`` (their mean), ``AP@2px`` and ``AP@4px`` (the mean over
    channels) and ``mAP``. A channel without ground truth is NaN, left out of means, and listed
    in the table that is logged with all counts.

    Args:
        thresholds: Largest distance of a match, one or several.
        unit: ``pixel``, or ``diagonal``: thresholds are shares of the picture's diagonal.
        matching: ``nearest``, or ``first`` as first published.
        interpolation: ``all`` or ``101``.
        out_file: Write the result with its counts there as JSON after each evaluation.
        collect_device: See `PackedMetric`.
        prefix: Put before every key.
        collect_dir: See `PackedMetric`.

    Attributes:
        last_result: Of the last evaluation (on the main process).

    Raises:
        LandmarkError: A setting is unknown or cannot be used.
    """

    #: Whether a larger figure is better.
    higher_is_better = True

    def __init__(
        self,
        thresholds: float | Sequence[float] = (2.0, 4.0),
        *,
        unit: str = 'pixel',
        matching: str = 'nearest',
        interpolation: str = 'all',
        out_file: str | None = None,
        collect_device: str = 'cpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
    ) -> None:
        super().__init__(collect_device, prefix, collect_dir)
        self.thresholds = check_settings(thresholds, unit, matching)
        check_interpolation(interpolation)
        self.settings = {'unit': unit, 'matching': matching, 'interpolation': interpolation}
        self.out_file = out_file
        self.last_result: KeypointAPResult | None = None

    def pack(self, data_samples: Sequence[Mapping[str, Any]]) -> PackedSamples:
        """See `PackedMetric.pack`."""
        return pack_points(data_samples)

    def compute_metrics(self, results: PackedSamples) -> dict[str, float]:
        """Measure the whole data set; LandmarkError if there is nothing to measure."""
        self.require_samples(results)
        pictures = results.tables[PICTURES].columns
        found = results.tables[FOUND]
        result = keypoint_average_precision(
            _channel_points(found),
            found.columns['scores'],
            _channel_points(results.tables[TRUTH]),
            _common_channels(pictures['names'], pictures['channels']),
            self.thresholds,
            sizes=pictures['size'].astype(np.float64),
            **self.settings,
        )
        self.last_result = result
        print_log('Evaluation:\n' + result.render(), logger='current')
        lost = int(pictures['dropped'].sum())
        if lost:
            print_log(f'{lost} points had left their pictures and are not measured', 'current')
        if self.out_file:
            write_json(self.out_file, result.to_dict(), overwrite=True)
        return figures(result)


def figures(result: KeypointAPResult) -> dict[str, float]:
    """The figures of a result by their keys."""
    found: dict[str, float] = {}
    for name, values in zip(result.channels, result.ap.tolist(), strict=True):
        for label, value in zip(result.labels, values, strict=True):
            found[f'AP/{name}@{label}'] = value
        found[f'AP/{name}'] = float(np.mean(values))
    for label, value in zip(result.labels, result.per_threshold.tolist(), strict=True):
        found[f'AP@{label}'] = value
    return found | {'mAP': result.mean}


def pack_points(samples: Sequence[Mapping[str, Any]]) -> PackedSamples:
    """Keep what is needed of a batch of data samples.

    Args:
        samples: ``gt_instances`` with points in pixels of the input, which ``to_picture`` maps to
            the picture, and ``pred_instances`` with points in pixels of the picture.

    Raises:
        LandmarkError: The model gave no points, or one that is not finite.
    """
    for sample in samples:
        if not {'points', 'channels', 'scores'} <= set(sample.get('pred_instances', {})):
            raise LandmarkError(
                f'{sample["img_path"]}: no points with channels and scores were predicted; '
                'expected a model with channels, such as ChannelHeatmapHead'
            )
    found = _rows([sample['pred_instances'] for sample in samples], 'scores')
    _refuse_non_finite(found, samples)
    truth = _rows([sample['gt_instances'] for sample in samples])
    matrices = np.stack([np.asarray(sample['to_picture']) for sample in samples])
    of_rows = np.repeat(matrices, truth.counts, axis=0)
    points = truth.columns['points'].astype(np.float64)[:, None]
    truth.columns['points'] = apply_affine(points, of_rows)[:, 0]
    pictures = {
        'names': texts(str(sample['img_path']) for sample in samples),
        'channels': texts(json.dumps(list(sample['channel_names'])) for sample in samples),
        'size': np.array([sample['ori_shape'][1::-1] for sample in samples], np.int64),
        'dropped': np.array([np.sum(s.get('dropped_points', 0)) for s in samples], np.int64),
    }
    packed = one_table(PICTURES, [1] * len(samples), pictures)
    return PackedSamples(len(samples), {**packed.tables, FOUND: found, TRUTH: truth})


def _rows(instances: Sequence[Mapping[str, Any]], *more: str) -> Table:
    """Points of all pictures with their channels and more numbers of each."""
    counts = [len(one['channels']) for one in instances]
    columns = {
        'points': join_rows([one['points'].reshape(-1, 2) for one in instances]),
        'channels': join_rows([one['channels'] for one in instances]).astype(np.int64),
        **{name: join_rows([one[name] for one in instances]) for name in more},
    }
    return Table(np.array(counts, np.int64), columns)


def _refuse_non_finite(found: Table, samples: Sequence[Mapping[str, Any]]) -> None:
    points, scores = found.columns['points'], found.columns['scores']
    wrong = np.flatnonzero(~(np.isfinite(points).all(axis=1) & np.isfinite(scores)))
    if len(wrong):
        at = wrong[0]
        sample = samples[int(np.searchsorted(np.cumsum(found.counts), at, side='right'))]
        channel = sample['channel_names'][found.columns['channels'][at]]
        raise LandmarkError(
            f'{sample["img_path"]}, channel {channel}: predicted {points[at].tolist()} with score '
            f'{scores[at]}; expected finite numbers'
        )


def _common_channels(names: np.ndarray, channels: np.ndarray) -> tuple[str, ...]:
    other = np.flatnonzero(channels != channels[0])
    first, *rest = (tuple(json.loads(channels[i])) for i in (0, *other[:1]))
    if rest:
        raise LandmarkError(
            f'{names[other[0]].decode()}: channels {", ".join(rest[0])}, but {names[0].decode()} '
            f'has {", ".join(first)}'
        )
    return first


def _channel_points(table: Table) -> ChannelPoints:
    pictures = np.repeat(np.arange(len(table.counts)), table.counts)
    return ChannelPoints(table.columns['points'], table.columns['channels'], pictures)
