"""What only some metrics need from a data sample: the value of a field, and depth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.evaluation.functional.result import NOT_STATED
from mmlandmark.evaluation.metrics.sample_arrays import describe, join_rows, to_numpy

DEPTH = 'keypoints_3d'
_ANNOTATION = 'raw_ann_info'


def group_value(sample: Mapping[str, Any], field: str) -> str:
    """The value of a field of the sample's metainfo, or else of its annotation, as text.

    Args:
        sample: As a dict; ``raw_ann_info`` is the annotation, which MMPose keeps.
        field: Holds a text, a whole number or a bool. None is ``not stated``.

    Raises:
        LandmarkError: There is no such field, or it holds anything else.
    """
    annotation = sample.get(_ANNOTATION)
    annotation = annotation if isinstance(annotation, Mapping) else {}
    where = describe(sample)
    if field not in sample and field not in annotation:
        known = [*sample, *annotation]
        raise LandmarkError(
            f'{where}: no field {field!r} to group by{nearest(field, known)}; expected it in the '
            'annotation or among the meta_keys of PackPoseInputs'
        )
    value = sample[field] if field in sample else annotation[field]
    value = value.item() if isinstance(value, np.generic) else value
    if value is None:
        return NOT_STATED
    if not isinstance(value, str | int):
        raise LandmarkError(
            f'{where}: field {field!r} holds a {type(value).__name__}; expected a text or a whole '
            'number to group by'
        )
    return str(value)


def points_with_depth(samples: Sequence[Mapping[str, Any]]) -> dict[str, np.ndarray]:
    """``keypoints_3d`` of predictions and labels, (R, K, 3) each: x and y in pixels, and depth.

    Labels without the field have no depth: NaN.

    Args:
        samples: At least one; predictions and labels of the same points.

    Raises:
        LandmarkError: A prediction has no depth, or another shape than the labels.
    """
    pred, target, filled = [], [], False
    for sample in samples:
        found, truth = sample['pred_instances'], sample['gt_instances']
        if DEPTH not in found:
            raise LandmarkError(
                f'{describe(sample)}: the prediction has no depth; expected '
                'pred_instances.keypoints_3d'
            )
        plane = truth['keypoints']
        shape = (*plane.shape[:2], 3)
        filled |= DEPTH not in truth
        label = truth[DEPTH] if DEPTH in truth else _without_depth(plane)
        shapes = [tuple(np.shape(points)) for points in (found[DEPTH], label)]
        if shapes != [shape, shape]:
            raise LandmarkError(
                f'{describe(sample)}: keypoints_3d of the prediction {shapes[0]} and of the labels '
                f'{shapes[1]}: expected {shape} of both'
            )
        pred.append(found[DEPTH])
        target.append(label)
    if filled:  # arrays and tensors may stand side by side
        target = [to_numpy(points) for points in target]
    return {'pred_3d': join_rows(pred), 'target_3d': join_rows(target)}


def _without_depth(plane: Any) -> np.ndarray:
    points = to_numpy(plane)
    return np.concatenate([points, np.full((*points.shape[:-1], 1), np.nan)], axis=-1)
