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
from mmlandmark.evaluation.metrics.sample_fields import group_value, points_with_depth, to_numpy


@dataclass(frozen=True)
class KeypointArrays:
    """Predictions and labels of a data set.

    Attributes:
        pred: Predicted points, (N, K, 2), pixels.
        given: False where the method declares that it does not give the point, (N, K).
        target: Labelled points, (N, K, 2), pixels.
        visible: Non-zero where labelled, (N, K).
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


@dataclass(frozen=True)
class PackedSample:
    """The part of `KeypointArrays` that one data sample with M instances gives.

    ``box_source`` says where the box of each instance comes from; empty if the sample does not.
    ``group`` is the value of the field that figures are wanted for.
    """

    pred: np.ndarray
    given: np.ndarray
    target: np.ndarray
    visible: np.ndarray
    bboxes: np.ndarray | None
    fields: Mapping[str, np.ndarray]
    ids: np.ndarray | None
    box_source: tuple[str, ...] = ()
    group: str = ''
    pred_3d: np.ndarray | None = None
    target_3d: np.ndarray | None = None


def pack_sample(
    sample: Mapping[str, Any],
    fields: Collection[str] = (),
    *,
    depth: bool = False,
    group_by: str | None = None,
) -> PackedSample:
    """Pick what metrics need from one data sample (as a dict), without copying where possible.

    Args:
        sample: ``pred_instances`` and ``gt_instances``, each a mapping with ``keypoints``
            (M, K, 2); ``id`` if there is one.
        fields: Names of further fields of ``gt_instances`` to keep where they exist, (M,) each;
            ``input`` is the longer side of ``bbox_scales`` (M, 2), ``image_width`` and
            ``image_height`` are those of the sample's ``ori_shape`` or ``img_shape``.
        depth: Also keep ``keypoints_3d`` (M, K, 3); see `points_with_depth`.
        group_by: Keep the value of this field of the sample; see `group_value`.

    Raises:
        LandmarkError: A field is missing, predictions and labels differ in shape, or the labels are
            none (see `refuse_dummy_labels`).
    """
    pred, truth = sample['pred_instances'], sample['gt_instances']
    points, target = to_numpy(pred['keypoints']), to_numpy(truth['keypoints'])
    if points.ndim != 3 or points.shape != target.shape:
        raise LandmarkError(
            f'annotation {sample.get("id")}: predictions {points.shape} for labels '
            f'{target.shape}: expected the same instances and keypoints'
        )
    visible = _per_point(truth['keypoints_visible'], target.shape[:2])
    if 'raw_ann_info' not in sample:
        refuse_dummy_labels(target, visible, f'annotation {sample.get("id")}')
    return PackedSample(
        pred=points,
        given=given_points(pred),
        target=target,
        visible=visible,
        bboxes=to_numpy(truth['bboxes']).reshape(-1, 4) if 'bboxes' in truth else None,
        fields=_fields(truth, fields) | _image_sides(sample, fields, len(points)),
        ids=np.full(len(points), sample['id']) if 'id' in sample else None,
        box_source=tuple(truth.get('bbox_source', ())),
        group=group_value(sample, group_by) if group_by else '',
        **(points_with_depth(sample) if depth else {}),
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
    shape = to_numpy(pred['keypoints']).shape[:2]
    if 'keypoints_visible' not in pred:
        return np.ones(shape, dtype=bool)
    visible = _per_point(pred['keypoints_visible'], shape)
    return np.ones(shape, dtype=bool) if visible.dtype.kind == 'f' else visible > 0


def stack_samples(packed: Sequence[PackedSample]) -> KeypointArrays:
    """Concatenate packed samples, at least one; what some of them lack is an error."""
    return KeypointArrays(
        pred=np.concatenate([sample.pred for sample in packed]),
        given=np.concatenate([sample.given for sample in packed]),
        target=np.concatenate([sample.target for sample in packed]),
        visible=np.concatenate([sample.visible for sample in packed]),
        bboxes=_join([sample.bboxes for sample in packed], 'bboxes'),
        fields={
            name: _join([sample.fields.get(name) for sample in packed], name)
            for name in dict.fromkeys(name for sample in packed for name in sample.fields)
        },
        ids=_join([sample.ids for sample in packed], 'id'),
        pred_3d=_join([sample.pred_3d for sample in packed], 'keypoints_3d'),
        target_3d=_join([sample.target_3d for sample in packed], 'keypoints_3d'),
    )


def image_side(name: str, arrays: KeypointArrays) -> np.ndarray:
    """``image_width`` or ``image_height`` of every instance, (N,), pixels; an error without one."""
    return reference_lengths(name, None, arrays.target, arrays.visible, fields=arrays.fields)


def _fields(truth: Mapping[str, Any], names: Collection[str]) -> dict[str, np.ndarray]:
    kept = {name: to_numpy(truth[name]).reshape(-1) for name in names if name in truth}
    if INPUT in names and INPUT not in kept and 'bbox_scales' in truth:
        kept[INPUT] = to_numpy(truth['bbox_scales']).reshape(-1, 2).max(axis=1)
    return kept


def _image_sides(
    sample: Mapping[str, Any], names: Collection[str], count: int
) -> dict[str, np.ndarray]:
    shape = sample.get('ori_shape', sample.get('img_shape'))
    if shape is None:
        return {}
    sides = {IMAGE_HEIGHT: shape[0], IMAGE_WIDTH: shape[1]}
    return {name: np.full(count, float(side)) for name, side in sides.items() if name in names}


def _per_point(values: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Visibility as (M, K); MMPose also has it as (M, K, 1) or, with weights, as (M, K, 2)."""
    values = to_numpy(values)
    return (values[..., 0] if values.ndim == 3 else values).reshape(shape)


def _join(values: list[np.ndarray | None], name: str) -> np.ndarray | None:
    missing = sum(value is None for value in values)
    if missing == len(values):
        return None
    if missing:
        raise LandmarkError(f'{missing} of {len(values)} samples have no {name!r} to evaluate with')
    return np.concatenate(values)
