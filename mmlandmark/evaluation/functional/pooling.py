"""One figure over several data sets, from the sums behind each one's figure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.result import NOT_STATED, MetricResult


def pool_results(
    results: Sequence[MetricResult], definitions: Sequence[Hashable], ways: Sequence[str] = ()
) -> MetricResult:
    """Pool the results of one metric over several data sets.

    Every counted point (or instance, as the metric averages) of any data set weighs the same, so
    data sets of one definition give what the metric gives on all their samples together. An
    average over keypoints is taken over the keypoints of all definitions: keypoints of data sets
    with one definition are merged, those of different definitions stay apart, also where they
    share a name.

    Args:
        results: One per data set, all of the same metric with the same settings.
        definitions: What the keypoints of each data set mean, such as their names in order; equal
            values mean the same keypoints.
        ways: Averages to pool besides the metric's own; see `MetricResult.averages`.

    Returns:
        The pooled result. ``averages`` holds the asked ways only, ``per_keypoint`` is filled where
        all data sets have one definition, ``per_region`` is empty.

    Raises:
        LandmarkError: Nothing to pool, or results that differ in what they measure.
    """
    if not results:
        raise LandmarkError('there are no results to pool')
    first = results[0]
    for other in results[1:]:
        difference = measure_difference(first, other)
        if difference:
            raise LandmarkError(f'{first.name} cannot be pooled: {difference}')
    averages = {way: _average(results, definitions, way) for way in (first.over, *ways)}
    supervised = sum(r.num_supervised for r in results)
    given = sum(r.coverage * r.num_supervised for r in results if r.num_supervised)
    one_definition = len(set(definitions)) == 1
    merged = _merge_keypoints(results, definitions) if one_definition else {}
    return replace(
        first,
        value=averages[first.over],
        averages=averages,
        num_instances=sum(r.num_instances for r in results),
        num_points=sum(r.num_points for r in results),
        num_supervised=supervised,
        coverage=given / supervised if supervised else math.nan,
        num_excluded=sum(r.num_excluded for r in results),
        excluded=_added(r.excluded for r in results),
        per_keypoint={name: _mean(*sums) for (_, name), sums in merged.items()},
        per_keypoint_points={name: count for (_, name), (_, count) in merged.items()},
        per_region={},
        box_source=_box_sources(results),
    )


def measure_difference(one: MetricResult, other: MetricResult) -> str:
    """Say in words why two figures do not measure the same; empty where they do."""
    for what in ('name', 'unit', 'normalizer', 'over'):
        first, second = getattr(one, what), getattr(other, what)
        if first != second:
            return f'{what} {first} and {second}'
    for setting in dict.fromkeys((*one.settings, *other.settings)):
        first, second = one.settings.get(setting), other.settings.get(setting)
        if first != second:
            return f'{setting} {first} and {second}'
    return ''


def _box_sources(results: Sequence[MetricResult]) -> dict[str, int]:
    """The sources of all boxes; those of data sets that do not say are counted, too."""
    if not any(r.box_source for r in results):
        return {}
    unknown = ({NOT_STATED: r.num_instances + r.num_excluded} for r in results if not r.box_source)
    return _added([*(r.box_source for r in results), *unknown])


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(total)


def _average(results: Sequence[MetricResult], definitions: Sequence[Hashable], way: str) -> float:
    if way == 'keypoints':
        merged = _merge_keypoints(results, definitions).values()
        means = [total / count for total, count in merged if count]
        return _mean(math.fsum(means), len(means))
    counts = [r.num_points if way == 'points' else r.num_instances for r in results]
    # an empty data set has NaN for a figure, and weighs nothing
    sums = [r.averages[way] * n for r, n in zip(results, counts, strict=True) if n]
    return _mean(math.fsum(sums), sum(counts))


def _merge_keypoints(
    results: Sequence[MetricResult], definitions: Sequence[Hashable]
) -> dict[tuple[Hashable, str], tuple[float, int]]:
    """(definition, keypoint) -> sum of the scores and their number."""
    merged: dict[tuple[Hashable, str], tuple[float, int]] = {}
    for result, definition in zip(results, definitions, strict=True):
        for name, count in result.per_keypoint_points.items():
            total, known = merged.get((definition, name), (0.0, 0))
            added = result.per_keypoint[name] * count if count else 0.0
            merged[definition, name] = (total + added, known + count)
    return merged


def _mean(total: float, count: int) -> float:
    return total / count if count else math.nan
