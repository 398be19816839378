"""Average precision of channel keypoints as an MMEngine metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric
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
from mmlandmark.evaluation.metrics.packing import to_numpy
from mmlandmark.geometry.affine import apply_affine


@dataclass(frozen=True)
class PackedPoints:
    """What is kept of one picture: points in its pixels, and channels as indices."""

    name: str
    channels: tuple[str, ...]
    size: tuple[int, int]
    truth: np.ndarray
    truth_channels: np.ndarray
    dropped: int
    points: np.ndarray
    point_channels: np.ndarray
    scores: np.ndarray


@METRICS.register_module()
class KeypointAveragePrecision(BaseMetric):
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
        collect_device: See MMEngine's `BaseMetric`.
        prefix: Put before every key.
        collect_dir: See MMEngine's `BaseMetric`.

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
        # BaseMetric warns about a missing prefix, but these keys already name their metric
        super().__init__(collect_device, prefix or type(self).__name__, collect_dir)
        self.prefix = prefix
        self.thresholds = check_settings(thresholds, unit, matching)
        check_interpolation(interpolation)
        self.settings = {'unit': unit, 'matching': matching, 'interpolation': interpolation}
        self.out_file = out_file
        self.last_result: KeypointAPResult | None = None

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Keep one entry for each sample, so that padding of the data set is dropped exactly."""
        self.results.extend(map(pack_points, data_samples))

    def compute_metrics(self, results: list[PackedPoints]) -> dict[str, float]:
        """Measure the whole data set; LandmarkError if there is nothing to measure."""
        if not results:
            raise LandmarkError(f'{type(self).__name__}: no samples were evaluated')
        channels = _common_channels(results)
        sizes = np.array([one.size for one in results], np.float64)
        result = keypoint_average_precision(
            _joined([one.points for one in results], [one.point_channels for one in results]),
            np.concatenate([one.scores for one in results]),
            _joined([one.truth for one in results], [one.truth_channels for one in results]),
            channels,
            self.thresholds,
            sizes=sizes,
            **self.settings,
        )
        self.last_result = result
        print_log('Evaluation:\n' + result.render(), logger='current')
        lost = sum(one.dropped for one in results)
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


def pack_points(sample: Mapping[str, Any]) -> PackedPoints:
    """Keep what is needed of a data sample.

    Args:
        sample: ``gt_instances`` with points in pixels of the input, which ``to_picture`` maps to
            the picture, and ``pred_instances`` with points in pixels of the picture.

    Raises:
        LandmarkError: The model gave no points, or one that is not finite.
    """
    name, channels = str(sample['img_path']), tuple(sample['channel_names'])
    truth, pred = sample['gt_instances'], sample.get('pred_instances', {})
    if not {'points', 'channels', 'scores'} <= set(pred):
        raise LandmarkError(
            f'{name}: no points with channels and scores were predicted; expected a model with '
            'channels, such as ChannelHeatmapHead'
        )
    points, numbers = _points(pred['points']), to_numpy(pred['channels']).astype(np.int64)
    scores = to_numpy(pred['scores'])
    wrong = np.flatnonzero(~(np.isfinite(points).all(axis=1) & np.isfinite(scores)))
    if len(wrong):
        at = wrong[0]
        raise LandmarkError(
            f'{name}, channel {channels[numbers[at]]}: predicted {points[at].tolist()} with score '
            f'{scores[at]}; expected finite numbers'
        )
    height, width = sample['ori_shape'][:2]
    return PackedPoints(
        name=name,
        channels=channels,
        size=(int(width), int(height)),
        truth=apply_affine(_points(truth['points']).astype(np.float64), sample['to_picture']),
        truth_channels=to_numpy(truth['channels']).astype(np.int64),
        dropped=int(np.sum(to_numpy(sample.get('dropped_points', 0)))),
        points=points,
        point_channels=numbers,
        scores=scores,
    )


def _points(value: Any) -> np.ndarray:
    return to_numpy(value).reshape(-1, 2)


def _common_channels(results: Sequence[PackedPoints]) -> tuple[str, ...]:
    first = results[0]
    for one in results:
        if one.channels != first.channels:
            raise LandmarkError(
                f'{one.name}: channels {", ".join(one.channels)}, but {first.name} has '
                f'{", ".join(first.channels)}'
            )
    return first.channels


def _joined(points: Sequence[np.ndarray], channels: Sequence[np.ndarray]) -> ChannelPoints:
    images = np.repeat(np.arange(len(points)), [len(one) for one in points])
    return ChannelPoints(np.concatenate(points), np.concatenate(channels), images)
