"""The official measure of MPII Human Pose: PCKh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.distances import as_points
from mmlandmark.evaluation.functional.result import MetricResult
from mmlandmark.evaluation.functional.scores import hits, normalized_distances
from mmlandmark.evaluation.functional.summary import average, masked_mean, summarize, supervise

if TYPE_CHECKING:
    from mmlandmark.schemas import KeypointSchema

#: The rows of the official table; a pair counts as the mean of its two sides.
PCKH_GROUPS: dict[str, tuple[str, ...]] = {
    'Head': ('head_top',),
    'Shoulder': ('left_shoulder', 'right_shoulder'),
    'Elbow': ('left_elbow', 'right_elbow'),
    'Wrist': ('left_wrist', 'right_wrist'),
    'Hip': ('left_hip', 'right_hip'),
    'Knee': ('left_knee', 'right_knee'),
    'Ankle': ('left_ankle', 'right_ankle'),
}
#: Measured per joint, but left out of the mean.
PCKH_LEFT_OUT = ('pelvis', 'thorax')
HEAD_SIZE = 'head_size'


def mpii_pckh(
    pred: np.ndarray,
    target: np.ndarray,
    visible: np.ndarray,
    head_size: np.ndarray,
    schema: KeypointSchema,
    *,
    threshold: float = 0.5,
    prediction_offset: float = 0.0,
    given: np.ndarray | None = None,
    ids: Sequence[int] | None = None,
) -> MetricResult:
    """Official PCKh of MPII in per cent.

    A joint is correct if its distance is below ``threshold`` x 0.6 x the head box's diagonal.
    Missing joints are excluded; the mean leaves out pelvis and thorax and weighs the other joints
    by their counts (Andriluka et al., 2D Human Pose Estimation: New Benchmark and State of the
    Art Analysis, and its evaluation code). A labelled joint that is not given is a miss.

    The annotation files of MPII count pixels from 1 as MATLAB does, and MMPose's
    `MpiiPCKAccuracy` therefore adds 1 to both coordinates of each prediction: with
    ``prediction_offset=1`` this function gives its figures. Labels that were already shifted, or
    predictions learned from the labels as they are, want 0.

    Args:
        pred: Predicted joints, (N, 16, 2), pixels.
        target: Labelled joints, (N, 16, 2), pixels.
        visible: Non-zero where labelled, (N, 16).
        head_size: 0.6 x head box diagonal, (N,), pixels.
        schema: The joints' names, in the order of the arrays; MPII's names are expected.
        threshold: In units of ``head_size``; 0.5 and 0.1 are customary.
        prediction_offset: Added to both coordinates of each prediction, pixels.
        given: Non-zero where the method gives the joint, (N, 16); None: everywhere.
        ids: Annotation ids for messages, (N,).

    Returns:
        The figure in per cent; ``per_region`` holds the rows of the official table (Head,
        Shoulder, Elbow, Wrist, Hip, Knee, Ankle), ``per_keypoint`` all joints.

    Raises:
        LandmarkError: The schema lacks a joint of MPII, shapes that do not fit, or a counted
            coordinate that is not finite.
    """
    groups = {group: _columns(schema, names) for group, names in PCKH_GROUPS.items()}
    ratios, supervision = normalized_distances(
        as_points(pred, 'pred') + prediction_offset,
        target,
        visible,
        head_size,
        normalizer_name=HEAD_SIZE,
        given=given,
        schema=schema,
        keypoints=None,
        ids=ids,
    )
    scores = 100.0 * hits(ratios, threshold)
    kept = np.ones(len(schema.keypoints), dtype=bool)
    kept[_columns(schema, PCKH_LEFT_OUT)] = False
    in_mean = supervise(visible, given, head_size, HEAD_SIZE, kept)
    result = summarize(
        f'PCKh@{threshold:g}',
        scores,
        in_mean.labelled,
        in_mean,
        over='points',
        unit='%',
        normalizer=HEAD_SIZE,
        schema=schema,
        settings={'threshold': threshold, 'prediction_offset': prediction_offset},
    )
    labelled = supervision.labelled
    joints, means = schema.keypoints, masked_mean(scores, labelled, axis=0).tolist()
    return replace(
        result,
        per_keypoint=dict(zip(joints, means, strict=True)),
        per_keypoint_points=dict(zip(joints, labelled.sum(axis=0).tolist(), strict=True)),
        per_region={
            g: average(scores[:, c], labelled[:, c], 'keypoints') for g, c in groups.items()
        },
    )


def _columns(schema: KeypointSchema, names: Sequence[str]) -> list[int]:
    missing = [name for name in names if name not in schema.keypoints]
    if missing:
        raise LandmarkError(
            f'PCKh needs the joints of MPII: schema {schema.name!r} has no {missing[0]!r}'
        )
    return [schema.index(name) for name in names]
