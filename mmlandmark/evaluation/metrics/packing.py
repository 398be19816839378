"""From the samples that MMEngine hands over to arrays over the data set."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.normalizers import (
    IMAGE_HEIGHT,
    IMAGE_WIDTH,
    INPUT,
    reference_lengths,
)
from mmlandmark.evaluation.metrics.packed_samples import PackedSamples, Table, texts
from mmlandmark.evaluation.metrics.sample_arrays import (
    Sample,
    describe,
    join_rows,
    numbers,
    per_point,
    points_of,
    to_numpy,
    with_shapes,
)
from mmlandmark.evaluation.metrics.sample_fields import group_value, points_with_depth

__all__ = [
    'KeypointArrays',
    'given_points',
    'image_side',
    'keypoint_arrays',
    'pack_keypoints',
    'refuse_dummy_labels',
    'to_numpy',
]
INSTANCES, FIELDS, SAMPLES = 'instances', 'fields', 'samples'
"""Tables of the packed samples: with a row for each instance (two), and for each sample."""
BOX_SOURCE, GROUP = 'bbox_source', 'group'
_SIDES = {IMAGE_HEIGHT: 0, IMAGE_WIDTH: 1}


@dataclass(frozen=True)
class KeypointArrays:
    """Predictions and labels of a data set.

    Attributes:
        pred: Predicted points, (N, K, 2), pixels.
        given: False where the method declares that it does not give the point, (N, K).
        target: Labelled points, (N, K, 2), pixels.
        visible: True where labelled, (N, K).
        bboxes: Labelled boxes x1, y1, x2, y2, (N, 4), pixels, or None.
        fields: Further numbers of the ground truth by name, each (N,).
        ids: Annotation ids, (N,), or None.
        pred_3d: Predicted points with depth, (N, K, 3), x and y in pixels, or None.
        target_3d: Labelled points with depth, alike; NaN where the depth is not labelled.
    """

    pred: np.ndarray
    given: np.ndarray
    target: np.ndarray
    visible: np.ndarray
    bboxes: np.ndarray | None
    fields: Mapping[str, np.ndarray]
    ids: np.ndarray | None
    pred_3d: np.ndarray | None = None
    target_3d: np.ndarray | None = None


def pack_keypoints(
    samples: Sequence[Sample],
    fields: Collection[str] = (),
    *,
    depth: bool = False,
    group_by: str | None = None,
) -> PackedSamples:
    """Pick what metrics need from a batch of data samples (as dicts).

    Args:
        samples: At least one. ``pred_instances`` and ``gt_instances``, each a mapping with
            ``keypoints`` (M, K, 2); ``id`` if there is one.
        fields: Names of further fields of ``gt_instances`` to keep where they exist, (M,) each;
            ``input`` is the longer side of ``bbox_scales`` (M, 2), ``image_width`` and
            ``image_height`` are those of the sample's ``ori_shape`` or ``img_shape``.
        depth: Also keep ``keypoints_3d`` (M, K, 3); see `points_with_depth`.
        group_by: Keep the value of this field of each sample; see `group_value`.

    Raises:
        LandmarkError: A field is missing, predictions and labels differ in shape, or the labels are
            none (see `refuse_dummy_labels`).
    """
    pred, target, counts = points_of(samples)
    truths = [sample['gt_instances'] for sample in samples]
    visible = [truth['keypoints_visible'] for truth in truths]
    labelled = per_point(visible, samples, counts, target.shape[1]) > 0
    _refuse_dummies(samples, counts, target, labelled)
    columns = {
        'pred': pred,
        'given': _given(samples, counts, pred.shape[1]),
        'target': target,
        'visible': labelled,
        BOX_SOURCE: texts(_box_sources(truths, counts)),
        **(points_with_depth(samples) if depth else {}),
    }
    wanted = {
        INSTANCES: {
            'id': ([sample.get('id') for sample in samples], _repeated),
            'bboxes': ([truth.get('bboxes') for truth in truths], _boxes),
        },
        FIELDS: {name: _field(name, samples) for name in fields},
    }
    rows = np.array(counts, np.int64)
    tables = {INSTANCES: Table(rows, columns), FIELDS: Table(rows, {})}
    lacking = {}
    for table, optional in wanted.items():
        for name, (values, join) in optional.items():
            missing = sum(value is None for value in values)
            if missing == 0:
                tables[table].columns[name] = join(name, values, samples, counts)
            elif missing < len(values):
                lacking[name] = missing
    if group_by:
        groups = texts(group_value(sample, group_by) for sample in samples)
        tables[SAMPLES] = Table(np.ones(len(samples), np.int64), {GROUP: groups})
    return PackedSamples(len(samples), tables, lacking)


def keypoint_arrays(packed: PackedSamples) -> KeypointArrays:
    """Packed samples, at least one, as arrays.

    Raises:
        LandmarkError: Only some of them have a field.
    """
    packed.refuse_lacking()
    columns = dict(packed.tables[INSTANCES].columns)
    columns.pop(BOX_SOURCE)
    ids, bboxes = columns.pop('id', None), columns.pop('bboxes', None)
    return KeypointArrays(
        **columns, bboxes=bboxes, ids=ids, fields=dict(packed.tables[FIELDS].columns)
    )


def refuse_dummy_labels(target: np.ndarray, visible: np.ndarray, where: str) -> None:
    """Raise a LandmarkError where labels are those that MMPose makes up for detected boxes.

    Args:
        target: Labelled points, (..., K, 2).
        visible: Non-zero where labelled, (..., K).
        where: The sample, for the message.
    """
    labelled = visible > 0
    if labelled.any() and not target[labelled].any():
        raise LandmarkError(
            f'{where}: its labels all lie at (0, 0), as those of detected boxes do; expected '
            'labels: test on the labelled boxes (dataset.bbox_file=None)'
        )


def given_points(pred: Mapping[str, Any]) -> np.ndarray:
    """False where a prediction declares that it does not give a point, (M, K) bool.

    The declaration is a 0 in ``keypoints_visible`` of an integer or boolean type. A float there is
    a confidence (MMPose's estimators put the keypoint scores in it) and declares nothing.
    """
    count, keypoints = pred['keypoints'].shape[:2]
    return _given([{'pred_instances': pred}], [count], keypoints)


def image_side(name: str, arrays: KeypointArrays) -> np.ndarray:
    """``image_width`` or ``image_height`` of every instance, (N,), pixels; an error without one."""
    return reference_lengths(name, None, arrays.target, arrays.visible, fields=arrays.fields)


def _given(samples: Sequence[Sample], counts: Sequence[int], keypoints: int) -> np.ndarray:
    given = np.ones((sum(counts), keypoints), dtype=bool)
    stated = [sample['pred_instances'].get('keypoints_visible') for sample in samples]
    kinds = {value.dtype for value in stated if value is not None}
    declaring = {kind for kind in kinds if 'float' not in str(kind)}
    start = 0
    for sample, value, count in zip(samples, stated, counts, strict=True) if declaring else ():
        if value is not None and value.dtype in declaring:
            seen = per_point([value], [sample], [count], keypoints)
            given[start : start + count] = seen > 0
        start += count
    return given


def _refuse_dummies(
    samples: Sequence[Sample], counts: Sequence[int], target: np.ndarray, labelled: np.ndarray
) -> None:
    """As `refuse_dummy_labels`, for the samples whose annotation is not known."""
    unknown = [i for i, sample in enumerate(samples) if 'raw_ann_info' not in sample]
    if not unknown:
        return
    away = np.logical_or.reduce(target != 0, axis=-1) & labelled
    ends = np.cumsum([0, *counts])
    some, real = (
        np.concatenate([[0], rows.any(axis=1).cumsum()])[ends] for rows in (labelled, away)
    )
    for i in np.flatnonzero((np.diff(some) > 0) & (np.diff(real) == 0)):
        rows = slice(ends[i], ends[i + 1])
        if 'raw_ann_info' not in samples[i]:
            refuse_dummy_labels(target[rows], labelled[rows], describe(samples[i]))


def _box_sources(truths: Sequence[Mapping[str, Any]], counts: Sequence[int]) -> list[str]:
    """Where the box of each instance comes from; empty where that is not stated."""
    stated = [truth.get('bbox_source', ()) for truth in truths]
    if not any(map(len, stated)):
        return [''] * sum(counts)
    return [
        source
        for own, count in zip(stated, counts, strict=True)
        for source in [*own, *[''] * count][:count]
    ]


def _field(name: str, samples: Sequence[Sample]) -> tuple[list[Any], Any]:
    """The value of a field for each sample, None where there is none, and how to join them."""
    if name in _SIDES:
        shapes = [sample.get('ori_shape', sample.get('img_shape')) for sample in samples]
        if any(shape is not None for shape in shapes):
            side = _SIDES[name]
            return [None if shape is None else float(shape[side]) for shape in shapes], _repeated
    truths = [sample['gt_instances'] for sample in samples]
    if name == INPUT and not any(INPUT in truth for truth in truths):
        return [truth.get('bbox_scales') for truth in truths], _longer_sides
    return [truth.get(name) for truth in truths], numbers


def _repeated(
    name: str, values: Sequence[Any], samples: Sequence[Sample], counts: Sequence[int]
) -> np.ndarray:
    """One value of each sample for all its instances."""
    array = np.array(values)
    return np.repeat(array if array.dtype.kind != 'O' else np.array(list(map(str, values))), counts)


def _boxes(
    name: str, values: Sequence[Any], samples: Sequence[Sample], counts: Sequence[int]
) -> np.ndarray:
    return join_rows(with_shapes(values)).reshape(-1, 4)


def _longer_sides(
    name: str, values: Sequence[Any], samples: Sequence[Sample], counts: Sequence[int]
) -> np.ndarray:
    return join_rows(with_shapes(values)).reshape(-1, 2).max(axis=1)
