"""What only some metrics need from a data sample: the value of a field, and depth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.evaluation.functional.result import NOT_STATED

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
    where = f'annotation {sample.get("id")}'
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


def points_with_depth(sample: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """``keypoints_3d`` of predictions and labels, (M, K, 3) each: x and y in pixels, and depth.

    Labels without the field have no depth: NaN.

    Raises:
        LandmarkError: The prediction has no depth, or another shape than the labels.
    """
    where, truth = f'annotation {sample.get("id")}', sample['gt_instances']
    if 'keypoints_3d' not in sample['pred_instances']:
        raise LandmarkError(
            f'{where}: the prediction has no depth; expected pred_instances.keypoints_3d'
        )
    pred = to_numpy(sample['pred_instances']['keypoints_3d'])
    plane = to_numpy(truth['keypoints'])
    if 'keypoints_3d' in truth:
        target = to_numpy(truth['keypoints_3d'])
    else:
        target = np.concatenate([plane, np.full((*plane.shape[:-1], 1), np.nan)], axis=-1)
    expected = (*plane.shape[:2], 3)
    if pred.shape != expected or target.shape != expected:
        raise LandmarkError(
            f'{where}: keypoints_3d of the prediction {pred.shape} and of the labels '
            f'{target.shape}: expected {expected} of both'
        )
    return {'pred_3d': pred, 'target_3d': target}


def to_numpy(value: Any) -> np.ndarray:
    """An array of an array, a tensor on any device, or a number."""
    return value.detach().cpu().numpy() if hasattr(value, 'detach') else np.asarray(value)
