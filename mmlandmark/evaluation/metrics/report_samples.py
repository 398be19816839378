"""What a report needs of every sample, kept as arrays: both point sets, boxes and pictures."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from mmlandmark.evaluation.metrics.keypoint_average_precision import pack_points
from mmlandmark.evaluation.metrics.packed_metric import PackedMetric
from mmlandmark.evaluation.metrics.packed_samples import PackedSamples, Table, texts
from mmlandmark.evaluation.metrics.packing import pack_keypoints, to_numpy

SAMPLES, INSTANCES, POINTS = 'samples', 'instances', 'points'
NO_POINTS = 'no keypoints were predicted'
OTHER_KEYPOINTS = 'predicted in other keypoints than those of the labels'
OTHER_COUNT = 'other numbers of predicted and labelled instances'
NO_LABELS = 'boxes of a detector, without labels'
Sample = Mapping[str, Any]


class ReportSamples(PackedMetric):
    """Collects predictions beside labels; it measures nothing and returns no figures.

    Samples of several data sets with different keypoints may be mixed, so points are kept as rows.
    A sample that cannot be compared is kept without points, with the reason.

    Args:
        fields: Numbers of the ground truth to keep where a sample has them; see `pack_keypoints`.
        depth: Also keep the third coordinate of ``keypoints_3d``.
        **kwargs: See `PackedMetric`.

    Attributes:
        collected: All samples, after the evaluation, on the main process; else None. Table
            ``samples`` has ``dataset``, ``img_path``, ``id``, ``img_id`` (-1: none) and
            ``left_out``; ``instances`` has ``bboxes``, ``keypoints`` (number of rows) and the
            fields, NaN where a sample has none; ``points`` has ``pred``, ``target``, ``visible``,
            ``given`` and with depth ``pred_z`` and ``target_z``. Samples of channels are packed as
            by `pack_points`.
    """

    def __init__(self, fields: Collection[str] = (), *, depth: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fields, self.depth = tuple(dict.fromkeys(fields)), depth
        self.collected: PackedSamples | None = None

    def pack(self, data_samples: Sequence[Sample]) -> PackedSamples:
        """See `PackedMetric.pack`."""
        if 'points' in data_samples[0].get('pred_instances', {}):
            return pack_points(data_samples)
        kinds = [
            (s.get('dataset_name', ''), reason_to_leave_out(s), self.depth and _has_depth(s))
            for s in data_samples
        ]
        parts = []
        for (_, reason, depth), run in groupby(range(len(kinds)), kinds.__getitem__):
            some = [data_samples[i] for i in run]
            parts.append(self._without(some, reason) if reason else self._points(some, depth))
        return _joined(parts)

    def compute_metrics(self, results: PackedSamples) -> dict[str, float]:
        """Keep the samples of all processes."""
        self.collected = results
        return {}

    def _points(self, samples: Sequence[Sample], depth: bool) -> PackedSamples:
        packed = pack_keypoints(samples, self.fields, depth=depth)
        rows, fields = packed.tables['instances'], packed.tables['fields'].columns
        columns, counts = rows.columns, rows.counts
        number, keypoints = columns['pred'].shape[:2]
        nothing = np.full((number, 4), np.nan, np.float32)
        instances = {
            'bboxes': np.asarray(columns.get('bboxes', nothing), np.float32),
            'keypoints': np.full(number, keypoints, np.int32),
            **{name: _numbers(fields.get(name), number) for name in self.fields},
        }
        points = {
            'pred': columns['pred'].astype(np.float32).reshape(-1, 2),
            'target': columns['target'].astype(np.float32).reshape(-1, 2),
            'visible': columns['visible'].reshape(-1),
            'given': columns['given'].reshape(-1),
        }
        for side in ('pred', 'target') if self.depth else ():
            whole = columns.get(f'{side}_3d', np.full((1, 1, 3), np.nan))
            values = np.broadcast_to(whole[..., 2], (number, keypoints))
            points[f'{side}_z'] = values.astype(np.float32).reshape(-1)
        return PackedSamples(
            len(samples),
            {
                SAMPLES: _of_samples(samples, ''),
                INSTANCES: Table(counts, instances),
                POINTS: Table(counts * keypoints, points),
            },
        )

    def _without(self, samples: Sequence[Sample], reason: str) -> PackedSamples:
        none = np.zeros(len(samples), np.int64)
        instances = {'bboxes': np.empty((0, 4), np.float32), 'keypoints': np.empty(0, np.int32)}
        instances |= {name: np.empty(0, np.float64) for name in self.fields}
        points = {side: np.empty((0, 2), np.float32) for side in ('pred', 'target')}
        points |= {flag: np.empty(0, bool) for flag in ('visible', 'given')}
        if self.depth:
            points |= {f'{side}_z': np.empty(0, np.float32) for side in ('pred', 'target')}
        return PackedSamples(
            len(samples),
            {
                SAMPLES: _of_samples(samples, reason),
                INSTANCES: Table(none, instances),
                POINTS: Table(none, points),
            },
        )


def reason_to_leave_out(sample: Sample) -> str | None:
    """Why the predictions of a sample cannot be laid beside its labels; None: they can."""
    found, truth = sample.get('pred_instances') or {}, sample.get('gt_instances') or {}
    if 'keypoints' not in found:
        return NO_POINTS
    if 'keypoints' not in truth or 'keypoints_visible' not in truth:
        return NO_LABELS
    shapes = tuple(found['keypoints'].shape), tuple(truth['keypoints'].shape)
    if shapes[0][1:] != shapes[1][1:]:
        return OTHER_KEYPOINTS
    if shapes[0] != shapes[1]:
        return OTHER_COUNT
    if 'raw_ann_info' not in sample and not np.any(to_numpy(truth['keypoints'])):
        # MMPose says that the points of detected boxes are labelled, all at (0, 0)
        return NO_LABELS if np.any(to_numpy(truth['keypoints_visible'])) else None
    return None


def _of_samples(samples: Sequence[Sample], reason: str) -> Table:
    columns = {
        'dataset': texts(str(sample.get('dataset_name', '')) for sample in samples),
        'img_path': texts(str(sample.get('img_path', '')) for sample in samples),
        'id': np.array([_whole(sample.get('id')) for sample in samples], np.int64),
        'img_id': np.array([_whole(sample.get('img_id')) for sample in samples], np.int64),
        'left_out': texts([reason] * len(samples)),
    }
    return Table(np.ones(len(samples), np.int64), columns)


def _has_depth(sample: Sample) -> bool:
    return 'keypoints_3d' in sample.get('pred_instances', {})


def _whole(value: Any) -> int:
    return int(value) if isinstance(value, int | np.integer) else -1


def _numbers(values: np.ndarray | None, count: int) -> np.ndarray:
    return np.full(count, np.nan) if values is None else np.asarray(values, dtype=np.float64)


def _joined(parts: Sequence[PackedSamples]) -> PackedSamples:
    """Samples of several parts, one part after the other."""
    if len(parts) == 1:
        return parts[0]
    tables = {}
    for name in parts[0].tables:
        some = [part.tables[name] for part in parts]
        columns = {
            key: np.concatenate([table.columns[key] for table in some]) for key in some[0].columns
        }
        tables[name] = Table(np.concatenate([table.counts for table in some]), columns)
    return PackedSamples(sum(map(len, parts)), tables)
