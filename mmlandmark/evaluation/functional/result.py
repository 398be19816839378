"""What a metric returns: the figure together with everything needed to read it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

NOT_STATED = 'not stated'
"""Source of the boxes that a data set says nothing of, where others are known."""


@dataclass(frozen=True)
class MetricResult:
    """A figure, its normaliser and its counts.

    Attributes:
        name: The key of the figure, such as ``NME/eye_outer``.
        value: The figure; NaN if nothing could be counted.
        unit: ``px``, ``fraction``, ``%``, ``x100`` where the figure was scaled so, or
            ``standardized``.
        normalizer: The name of the length that distances were divided by.
        averages: Other ways to average the same scores: ``points`` (every counted point weighs
            the same), ``instances`` (mean over an instance's points, then over instances),
            ``keypoints`` (mean over instances for every keypoint, then over keypoints).
        over: Which of these ``value`` is.
        num_instances: Instances with at least one counted point.
        num_points: Counted points.
        num_supervised: Labelled points of instances whose normaliser can be used.
        coverage: Given points / supervised points: what part of the task the method answers.
        num_excluded: Instances that count for nothing; ``excluded`` says why, reason -> count.
        per_keypoint: Keypoint -> figure, NaN where there are no data.
        per_keypoint_points: Keypoint -> number of counted points.
        per_region: Region -> figure, averaged as ``value`` is.
        settings: Arguments that shape the figure, such as the threshold.
        box_source: Where the boxes of the evaluated instances come from, source -> count; empty if
            the data set does not say.
    """

    name: str
    value: float
    unit: str
    normalizer: str
    averages: Mapping[str, float]
    over: str
    num_instances: int
    num_points: int
    num_supervised: int
    coverage: float
    num_excluded: int
    excluded: Mapping[str, int]
    per_keypoint: Mapping[str, float]
    per_keypoint_points: Mapping[str, int]
    per_region: Mapping[str, float] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    box_source: Mapping[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The result as strict JSON values: None stands for NaN."""
        return json_ready(asdict(self))


def json_ready(value: Any) -> Any:
    """Plain dicts, lists, numbers and strings; a number that is not finite becomes None."""
    if isinstance(value, Mapping):
        return {str(k): json_ready(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_ready(v) for v in value]
    if hasattr(value, 'tolist'):
        return json_ready(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
