"""How the errors of whole images are distributed: failure rate and the area under their curve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.result import MetricResult
from mmlandmark.evaluation.functional.scores import normalized_distances, select_keypoints
from mmlandmark.evaluation.functional.summary import keypoint_names, masked_mean, summarize

if TYPE_CHECKING:
    from mmlandmark.schemas import KeypointSchema


def failure_rate(
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
    """Share of instances whose NME is above a threshold.

    The NME of an instance is the mean over its points of distance / normaliser; see `nme`. The
    failure rate is 1 - CED(threshold), where CED(t), the cumulative error distribution, is the
    share of instances with an NME of at most t (300W challenge: Sagonas et al., Image and Vision
    Computing 2016; at 8 %: Burgos-Artizzu et al., ICCV 2013; at 10 %: WFLW, Wu et al., CVPR 2018).
    ``per_keypoint`` and ``per_region`` are the rate as if the labelled points were those only.

    Args:
        pred: Predicted points, (N, K, 2), pixels.
        target: Labelled points, (N, K, 2), pixels.
        visible: Non-zero where labelled, (N, K).
        normalizer: Length per instance, (N,), pixels; see `normalizer_values`. An instance whose
            length is NaN or not positive is excluded and counted.
        threshold: In units of the normaliser, such as 0.08; an NME of just that is no failure.
        normalizer_name: Its name, which becomes part of the result's.
        given: Non-zero where the method gives the point, (N, K); None: everywhere. As in `nme`,
            points that are not given are left out.
        schema: Gives keypoint names and regions.
        keypoints: Count only these keypoints or regions.
        ids: Annotation ids for messages, (N,).

    Returns:
        The fraction, 0 to 1, with its counts; ``averages`` has ``instances`` only.

    Raises:
        LandmarkError: A threshold that is not positive, shapes that do not fit, or a counted
            coordinate that is not finite.
    """
    return _over_images(
        f'FR/{normalizer_name}@{threshold:g}',
        lambda errors: (errors > threshold).astype(np.float64),
        (pred, target, visible, normalizer),
        threshold,
        normalizer_name=normalizer_name,
        given=given,
        schema=schema,
        keypoints=keypoints,
        ids=ids,
    )


def ced_auc(
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
    """Area under the cumulative error distribution up to a threshold, over the threshold.

    The integral of CED(t) (see `failure_rate`) from 0 to ``threshold``, divided by it (Yang et
    al., An empirical study of recent face alignment methods, 2015). It is computed exactly: an
    instance of NME e contributes max(0, 1 - e / threshold). Publications sum the curve at steps of
    about 0.0001, which gives the same to about half a step over the threshold.

    Args:
        pred: Predicted points, (N, K, 2), pixels.
        target: Labelled points, (N, K, 2), pixels.
        visible: Non-zero where labelled, (N, K).
        normalizer: Length per instance, (N,), pixels; see `normalizer_values`.
        threshold: End of the range, in units of the normaliser, such as 0.08.
        normalizer_name: Its name, which becomes part of the result's.
        given: Non-zero where the method gives the point, (N, K); None: everywhere. As in `nme`,
            points that are not given are left out.
        schema: Gives keypoint names and regions.
        keypoints: Count only these keypoints or regions.
        ids: Annotation ids for messages, (N,).

    Returns:
        The fraction, 0 to 1, with its counts; ``averages`` has ``instances`` only.

    Raises:
        LandmarkError: A threshold that is not positive, shapes that do not fit, or a counted
            coordinate that is not finite.
    """
    return _over_images(
        f'CED_AUC/{normalizer_name}@{threshold:g}',
        lambda errors: np.maximum(0.0, 1.0 - errors / threshold),
        (pred, target, visible, normalizer),
        threshold,
        normalizer_name=normalizer_name,
        given=given,
        schema=schema,
        keypoints=keypoints,
        ids=ids,
    )


def _over_images(
    name: str,
    score: Callable[[np.ndarray], np.ndarray],
    arrays: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    threshold: float,
    *,
    normalizer_name: str,
    given: np.ndarray | None,
    schema: KeypointSchema | None,
    keypoints: str | Sequence[str] | None,
    ids: Sequence[int] | None,
) -> MetricResult:
    """The mean over instances of the score of each instance's mean normalised distance."""
    if not threshold > 0:
        raise LandmarkError(f'{name}: the threshold is {threshold}; expected a positive number')
    ratios, supervision = normalized_distances(
        *arrays,
        normalizer_name=normalizer_name,
        given=given,
        schema=schema,
        keypoints=keypoints,
        ids=ids,
    )
    counted = supervision.labelled & supervision.given
    result = summarize(
        name,
        score(ratios),
        counted,
        supervision,
        over='instances',
        unit='fraction',
        normalizer=normalizer_name,
        schema=schema,
        settings={'threshold': threshold},
    )

    def figure(columns: np.ndarray) -> float:
        errors = masked_mean(ratios[:, columns], counted[:, columns], axis=1)
        return float(masked_mean(score(errors), ~np.isnan(errors), axis=None))

    count = ratios.shape[1]
    chosen = select_keypoints(keypoints, schema, count)
    value = figure(chosen)
    regions = schema.regions if schema is not None else {}
    members = {r: np.isin(keypoint_names(schema, count), regions[r]) for r in result.per_region}
    return replace(
        result,
        value=value,
        averages={'instances': value},
        per_region={region: figure(chosen & columns) for region, columns in members.items()},
    )
