"""From one score per point to a figure with its counts.

Every metric of this package is a mean of scores: a distance (NME, MPJPE), a hit (PCK), or the
part of a range of thresholds that is hit (AUC). So each metric says what its score is, and the
averaging, the regions and the counting are written once, here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.result import MetricResult

if TYPE_CHECKING:
    from mmlandmark.schemas import KeypointSchema


@dataclass(frozen=True)
class Supervision:
    """Which points may count, and which the method gives; all (N, K) bool.

    Attributes:
        labelled: The target point is labelled, can be compared, and the normaliser of its instance
            can be used.
        given: The method gives the point.
        selected: The keypoints asked for, (K,) bool.
        excluded: Reason -> number of instances that count for nothing.
    """

    labelled: np.ndarray
    given: np.ndarray
    selected: np.ndarray
    excluded: Mapping[str, int]


def supervise(
    visible: np.ndarray,
    given: np.ndarray | None,
    normalizer: np.ndarray,
    normalizer_name: str,
    selected: np.ndarray | None = None,
    unusable: Mapping[str, np.ndarray] | None = None,
) -> Supervision:
    """Decide what counts: labelled points of instances whose normaliser is a positive number.

    Args:
        visible: Non-zero where labelled, (N, K).
        given: Non-zero where the method gives the point, (N, K); None: it gives all.
        normalizer: Length per instance, (N,); NaN or not positive: the instance is excluded.
        normalizer_name: Named in the reasons.
        selected: The keypoints asked for, (K,) bool; None: all.
        unusable: Reason -> labelled points that cannot be compared for it, (N, K) or (N, 1) bool;
            an instance that has no others left is excluded for that reason.
    """
    labelled = np.asarray(visible) > 0
    selected = np.ones(labelled.shape[1:], bool) if selected is None else np.asarray(selected)
    labelled = labelled & selected
    given = np.ones_like(labelled) if given is None else np.asarray(given) > 0
    lengths = np.asarray(normalizer, dtype=np.float64).reshape(-1)
    if labelled.shape != given.shape or len(lengths) != len(labelled):
        raise LandmarkError(
            f'visible {labelled.shape}, given {given.shape} and normaliser {lengths.shape} do not '
            'fit: expected (N, K), (N, K) and (N,)'
        )
    some = labelled.any(axis=1)
    reasons = {'no labelled keypoint': ~some}
    for reason, points in (unusable or {}).items():
        labelled = labelled & ~points
        reasons[reason] = some & ~labelled.any(axis=1)
        some = labelled.any(axis=1)
    missing, zero = np.isnan(lengths), lengths <= 0
    reasons[f'{normalizer_name} cannot be measured'] = some & missing
    reasons[f'{normalizer_name} is not positive'] = some & zero
    excluded = {reason: int(rows.sum()) for reason, rows in reasons.items() if rows.any()}
    return Supervision(labelled & ~(missing | zero)[:, None], given, selected, excluded)


def average(scores: np.ndarray, counted: np.ndarray, over: str) -> float:
    """Mean of the counted ``scores`` (N, K); NaN if none counts.

    Args:
        scores: One score per point, (N, K).
        counted: True where a score counts, (N, K).
        over: ``points``: all counted points alike. ``instances``: the mean over each instance's
            points, then over instances. ``keypoints``: the mean over instances for each
            keypoint, then over keypoints.
    """
    if over == 'points':
        return float(masked_mean(scores, counted, axis=None))
    means = masked_mean(scores, counted, axis={'instances': 1, 'keypoints': 0}[over])
    return float(masked_mean(means, ~np.isnan(means), axis=None))


def masked_mean(scores: np.ndarray, counted: np.ndarray, axis: int | None) -> np.ndarray:
    """Mean over ``axis`` of the counted scores, NaN (never a number) where none counts."""
    count = counted.sum(axis=axis)
    total = np.where(counted, scores, 0.0).sum(axis=axis)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def keypoint_names(schema: KeypointSchema | None, count: int) -> tuple[str, ...]:
    """The schema's names, or the numbers 0 to count - 1 where there is no schema."""
    if schema is None:
        return tuple(str(i) for i in range(count))
    if len(schema.keypoints) != count:
        raise LandmarkError(
            f'{count} keypoints, but schema {schema.name!r} has {len(schema.keypoints)}'
        )
    return tuple(schema.keypoints)


def summarize(
    name: str,
    scores: np.ndarray,
    counted: np.ndarray,
    supervision: Supervision,
    *,
    over: str,
    unit: str,
    normalizer: str,
    schema: KeypointSchema | None,
    settings: Mapping[str, Any] | None = None,
) -> MetricResult:
    """Build the result of a metric from its scores.

    Args:
        name: Key of the figure.
        scores: (N, K), any value where not counted.
        counted: (N, K) bool.
        supervision: What could count.
        over: How ``value`` and the regions are averaged; see `average`.
        unit: Unit of the scores.
        normalizer: Name of the normaliser.
        schema: Gives the names and the regions.
        settings: Arguments to keep in the result.
    """
    names = keypoint_names(schema, counted.shape[1])
    labelled, given = supervision.labelled, supervision.given
    excluded = dict(supervision.excluded)
    silent = labelled.any(axis=1) & ~counted.any(axis=1)
    if silent.any():
        excluded['method gives no labelled keypoint'] = int(silent.sum())
    supervised = int(labelled.sum())
    columns = np.flatnonzero(supervision.selected)
    names = tuple(names[i] for i in columns)
    scores, counted = scores[:, columns], counted[:, columns]
    return MetricResult(
        name=name,
        value=average(scores, counted, over),
        unit=unit,
        normalizer=normalizer,
        averages={way: average(scores, counted, way) for way in _WAYS},
        over=over,
        num_instances=int(counted.any(axis=1).sum()),
        num_points=int(counted.sum()),
        num_supervised=supervised,
        coverage=float((labelled & given).sum() / supervised) if supervised else float('nan'),
        num_excluded=sum(excluded.values()),
        excluded=excluded,
        per_keypoint=dict(zip(names, masked_mean(scores, counted, axis=0).tolist(), strict=True)),
        per_keypoint_points=dict(zip(names, counted.sum(axis=0).tolist(), strict=True)),
        per_region=_by_region(scores, counted, names, schema, over),
        settings=dict(settings or {}),
    )


_WAYS = ('points', 'instances', 'keypoints')


def _by_region(
    scores: np.ndarray,
    counted: np.ndarray,
    names: Sequence[str],
    schema: KeypointSchema | None,
    over: str,
) -> dict[str, float]:
    position = {name: i for i, name in enumerate(names)}
    figures = {}
    for region, members in (schema.regions if schema is not None else {}).items():
        columns = [position[m] for m in members if m in position]
        if columns:
            figures[region] = average(scores[:, columns], counted[:, columns], over)
    return figures
