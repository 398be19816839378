"""What `CocoMetric` keeps of each sample, as arrays over samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mmlandmark.evaluation.metrics.packed_samples import PackedSamples, Table, notes, read_notes
from mmlandmark.evaluation.metrics.sample_arrays import join_rows, with_shapes

Kept = tuple[dict[str, Any], dict[str, Any]]
INSTANCES, NOTES = 'instances', 'notes'
_ROWS = ('keypoints', 'keypoint_scores', 'bbox_scores', 'bbox', 'areas')
_SINGLE = ('id', 'img_id', 'category_id')
_OF_LABELS = (
    'id',
    'image_id',
    'category_id',
    'bbox',
    'keypoints',
    'iscrowd',
    'area',
    'num_keypoints',
)
"""What `CocoMetric` writes of an annotation where it has no file of them."""


def pack_kept(kept: Sequence[Kept]) -> PackedSamples:
    """Pack predictions and labels of a batch, as `CocoMetric.process` picks them.

    A field that only some samples have is counted as lacking, and for all of them it is absent.
    """
    preds = [pred for pred, _ in kept]
    counts = np.array([len(pred['keypoints']) for pred in preds], np.int64)
    columns, lacking = {}, {}
    for name in _ROWS:
        values = [pred[name] for pred in preds if name in pred]
        if len(values) == len(preds):
            columns[name] = join_rows(with_shapes(values))
        elif values:
            lacking[name] = len(preds) - len(values)
    stated = [
        {name: pred[name] for name in _SINGLE} | {'labels': _labels(labels)}
        for pred, labels in kept
    ]
    tables = {INSTANCES: Table(counts, columns), NOTES: notes(stated)}
    return PackedSamples(len(kept), tables, lacking)


def unpack_kept(packed: PackedSamples, columns: np.ndarray) -> list[Kept]:
    """Give `CocoMetric` back what it picked.

    Args:
        packed: See `pack_kept`; other tables do not matter.
        columns: Positions of the keypoints that it gets.
    """
    rows = packed.tables[INSTANCES]
    values = dict(rows.columns)
    for name in ('keypoints', 'keypoint_scores'):
        values[name] = values[name][:, columns]
    ends = np.cumsum(rows.counts).tolist()
    kept = []
    for stated, start, end in zip(read_notes(packed.tables[NOTES]), [0, *ends], ends, strict=False):
        labels = stated.pop('labels')
        kept.append((stated | {name: v[start:end] for name, v in values.items()}, labels))
    return kept


def _labels(labels: Mapping[str, Any]) -> dict[str, Any]:
    if 'raw_ann_info' not in labels:
        return dict(labels)
    annotations = [
        one and {name: one[name] for name in _OF_LABELS if name in one}
        for one in labels['raw_ann_info']
    ]
    return {**labels, 'raw_ann_info': annotations}
