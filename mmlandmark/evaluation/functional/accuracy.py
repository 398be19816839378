"""Shares of points that are near enough: PCK and the area under its curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.result import MetricResult
from mmlandmark.evaluation.functional.scores import hits, normalized_distances
from mmlandmark.evaluation.functional.summary import summarize

if TYPE_CHECKING:
    from mmlandmark.schemas import KeypointSchema


def pck(
    pred: np.ndarray,
    target: np.ndarray,
    visible: np.ndarray,
    normalizer: np.ndarray,
    threshold: float,
    *,
    normalizer_name: str = 'normalizer',
    given: np.ndarray | None = None,
    schema: KeypointSchema | None = None,
    keypoints: str | Sequence[str] | None = None,
    ids: Sequence[int] | None = None,
) -> MetricResult:
    """Percentage of correct keypoints, as a fraction: distance < threshold x normaliser.

    ``value`` is the accuracy of every keypoint, meaned over the keypoints that have data, as in
    MMPose's `PCKAccuracy` (Yang and Ramanan, Articulated human detection with flexible mixtures
    of parts); ``averages['points']`` weighs all points alike. A labelled point that the method
    does not give is a miss.

    Args:
        pred: Predicted points, (N, K, 2), pixels.
        target: Labelled points, (N, K, 2), pixels.
        visible: Non-zero where labelled, (N, K).
        normalizer: Length per instance, (N,), pixels; see `normalizer_values`. An instance whose
            length is NaN or not positive is excluded and counted.
        threshold: In units of the normaliser; the comparison is strict.
        normalizer_name: Its name, which becomes part of the result's.
        given: Non-zero where the method gives the point, (N, K); None: everywhere.
        schema: Gives keypoint names and regions.
        keypoints: Count only these keypoints or regions.
        ids: Annotation ids for messages, (N,).

    Returns:
        The fraction, 0 to 1, with its counts.

    Raises:
        LandmarkError: Shapes that do not fit, or a counted coordinate that is not finite.
    """
    ratios, supervision = normalized_distances(
        pred,
        target,
        visible,
        normalizer,
        normalizer_name=normalizer_name,
        given=given,
        schema=schema,
        keypoints=keypoints,
        ids=ids,
    )
    return summarize(
        f'PCK/{normalizer_name}@{threshold:g}',
        hits(ratios, threshold).astype(float),
        supervision.labelled,
        supervision,
        over='keypoints',
        unit='fraction',
        normalizer=normalizer_name,
        schema=schema,
        settings={'threshold': threshold},
    )


def auc(
    pred: np.ndarray,
    target: np.ndarray,
    visible: np.ndarray,
    normalizer: np.ndarray,
    *,
    max_threshold: float = 1.0,
    steps: int = 20,
    normalizer_name: str = 'normalizer',
    given: np.ndarray | None = None,
    schema: KeypointSchema | None = None,
    keypoints: str | Sequence[str] | None = None,
    ids: Sequence[int] | None = None,
) -> MetricResult:
    """Area under the curve of PCK over its threshold, divided by the range: a fraction.

    The mean of PCK at the thresholds ``max_threshold * i / steps``, i = 0 to steps - 1: the left
    sum that MMPose's `AUC` takes (there the normaliser is a constant of 30 pixels, so
    ``normalizer=1`` with ``max_threshold=30`` gives its figure). At threshold 0 nothing is correct,
    so a perfect prediction gets 1 - 1 / steps. A labelled point that is not given is a miss.

    Args:
        pred: Predicted points, (N, K, 2), pixels.
        target: Labelled points, (N, K, 2), pixels.
        visible: Non-zero where labelled, (N, K).
        normalizer: Length per instance, (N,), pixels; see `normalizer_values`.
        max_threshold: End of the range (not reached), in units of the normaliser.
        steps: Number of thresholds.
        normalizer_name: Its name, which becomes part of the result's.
        given: Non-zero where the method gives the point, (N, K); None: everywhere.
        schema: Gives keypoint names and regions.
        keypoints: Count only these keypoints or regions.
        ids: Annotation ids for messages, (N,).

    Returns:
        The fraction, 0 to 1, with its counts.

    Raises:
        LandmarkError: No thresholds, shapes that do not fit, or a counted coordinate that is not
            finite.
    """
    if steps < 1 or not max_threshold > 0:
        raise LandmarkError(
            f'AUC needs at least one step and a positive range, got {steps}, {max_threshold}'
        )
    ratios, supervision = normalized_distances(
        pred,
        target,
        visible,
        normalizer,
        normalizer_name=normalizer_name,
        given=given,
        schema=schema,
        keypoints=keypoints,
        ids=ids,
    )
    thresholds = np.array([max_threshold * i / steps for i in range(steps)])
    # of rising thresholds all behind a distance are hit; NaN (no distance) is behind them all
    missed = np.searchsorted(thresholds, ratios.ravel(), side='right').reshape(ratios.shape)
    return summarize(
        f'AUC/{normalizer_name}' + ('' if max_threshold == 1 else f'@{max_threshold:g}'),
        (steps - missed) / steps,
        supervision.labelled,
        supervision,
        over='keypoints',
        unit='fraction',
        normalizer=normalizer_name,
        schema=schema,
        settings={'max_threshold': max_threshold, 'steps': steps},
    )
