"""Figures of several data sets: one table with every count, and figures over all data sets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mmengine.evaluator import BaseMetric
from mmpose.evaluation.metrics import AUC, EPE, NME, CocoMetric, PCKAccuracy

from mmlandmark.evaluation.functional.counts import box_source_words
from mmlandmark.evaluation.functional.direction import higher_is_better, not_measured
from mmlandmark.evaluation.functional.pooling import measure_difference, pool_results
from mmlandmark.evaluation.functional.result import MetricResult, json_ready
from mmlandmark.evaluation.functional.table import render_table
from mmlandmark.evaluation.metrics.base import LandmarkMetric

POOLED = 'pooled'
_COUNTS = ('num_instances', 'num_points', 'num_excluded', 'excluded', 'coverage', 'box_source')
#: MMPose's PCK metrics: what the figure's name says of its normaliser.
_PCK_NORMALIZERS = {'PCK': 'bbox', 'PCKh': 'head_size', 'tPCK': 'torso'}


@dataclass(frozen=True)
class Measurement:
    """What one metric gave on one data set.

    Attributes:
        dataset: Name of the data set.
        metric: The metric.
        samples: How many samples it saw, over all processes.
        figures: Key -> figure, known on every process.
        results: Key -> result with counts: on the main process, of this package's metrics.
    """

    dataset: str
    metric: BaseMetric
    samples: int
    figures: Mapping[str, float]
    results: Mapping[str, MetricResult]


@dataclass(frozen=True)
class Pooled:
    """Figures over all data sets that share a metric.

    Attributes:
        figures: Key -> figure.
        results: Key -> result with counts.
        datasets: Key -> the data sets behind it.
        apart: Key -> why data sets with this key are not pooled.
    """

    figures: dict[str, float] = field(default_factory=dict)
    results: dict[str, MetricResult] = field(default_factory=dict)
    datasets: dict[str, list[str]] = field(default_factory=dict)
    apart: dict[str, str] = field(default_factory=dict)


def pool(measurements: Sequence[Measurement]) -> Pooled:
    """Pool what the metrics of this package share between data sets; see `pool_results`."""
    by_key: dict[str, list[Measurement]] = defaultdict(list)
    for measurement in measurements:
        for key in measurement.results:
            by_key[key].append(measurement)
    pooled = Pooled()
    for key, group in by_key.items():
        if len(group) < 2:
            continue
        difference = _difference(key, group)
        if difference:
            pooled.apart[key] = difference
            continue
        extra = group[0].metric.extra_average
        results = [one.results[key] for one in group]
        definitions = [_definition(one.metric) for one in group]
        result = pool_results(results, definitions, ways=[extra[1]] if extra else [])
        pooled.results[key], pooled.figures[key] = result, result.value
        pooled.datasets[key] = [one.dataset for one in group]
        if extra:
            pooled.figures[f'{key}/{extra[0]}'] = result.averages[extra[1]]
    return pooled


def make_report(
    measurements: Sequence[Measurement], pooled: Pooled, samples: Mapping[str, int]
) -> dict[str, Any]:
    """Put everything that was measured into strict JSON values.

    Args:
        measurements: On the main process.
        pooled: What `pool` made of them.
        samples: Data set -> samples evaluated, also of data sets without a metric.

    Returns:
        ``datasets``: name -> ``samples`` and ``figures`` (key -> value, unit, normalizer,
        higher_is_better, num_instances, num_points, num_excluded, excluded, coverage, box_source;
        None: not known). ``pooled``: key -> the same and ``datasets``. ``not_pooled``: key ->
        reason.
    """
    figures: dict[str, dict[str, Any]] = {name: {} for name in samples}
    for one in measurements:
        for key, value in one.figures.items():
            if key in one.results:
                figures[one.dataset][key] = _own_entry(key, one.results[key])
            elif not isinstance(one.metric, LandmarkMetric):
                figures[one.dataset][key] = _foreign_entry(one, key, value)
    return json_ready(
        {
            'datasets': {
                name: {'samples': samples[name], 'figures': entries}
                for name, entries in figures.items()
            },
            POOLED: {
                key: _own_entry(key, result) | {'datasets': pooled.datasets[key]}
                for key, result in pooled.results.items()
            },
            'not_pooled': pooled.apart,
        }
    )


def render_report(report: Mapping[str, Any], style: str = 'text') -> str:
    """The table of a report, then lines: exclusions, sources of boxes, figures not pooled.

    CSV holds the table alone.
    """
    rows, notes = report_rows(report), report_notes(report)
    table = render_table(rows, style=style) if rows else ''
    if style == 'csv' or not notes:
        return table
    if style == 'markdown':
        return table + '\n\n' + '\n'.join(f'- {note}' for note in notes)
    return '\n'.join([table, *notes])


def report_rows(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The figures of a report with their counts, one row each: column -> value."""
    return [
        _row(name, key, entry)
        for name, entries in _sections(report).items()
        for key, entry in entries.items()
    ]


def report_notes(report: Mapping[str, Any]) -> list[str]:
    """What a report has to say beside its figures: exclusions, boxes, figures not pooled."""
    sections = _sections(report)
    notes = [
        f'{name}, {key}: {count} instances excluded, {reason}'
        for name, entries in sections.items()
        for key, entry in entries.items()
        for reason, count in (entry['excluded'] or {}).items()
    ]
    boxes = {
        f'{name}, {words}': None
        for name, entries in sections.items()
        for entry in entries.values()
        if name != POOLED and (words := box_source_words(entry.get('box_source') or {}))
    }
    notes += boxes
    notes += [
        f'{name}: no metric; {entry["samples"]} samples were not measured'
        for name, entry in report['datasets'].items()
        if not entry['figures']
    ]
    return notes + [f'{key}: not pooled, {reason}' for key, reason in report['not_pooled'].items()]


def _sections(report: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    figures = {name: entry['figures'] for name, entry in report['datasets'].items()}
    return {**figures, POOLED: report[POOLED]}


def _row(dataset: str, key: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        'data set': dataset,
        'metric': key,
        'value': entry['value'],
        'unit': entry['unit'],
        'normaliser': entry['normalizer'],
        'instances': entry['num_instances'],
        'points': entry['num_points'],
        'excluded': entry['num_excluded'],
        'coverage': entry['coverage'],
    }


def _own_entry(key: str, result: MetricResult) -> dict[str, Any]:
    entry = {'value': result.value, 'unit': result.unit, 'normalizer': result.normalizer}
    entry['higher_is_better'] = higher_is_better(key)
    return entry | {count: getattr(result, count) for count in _COUNTS}


def _foreign_entry(one: Measurement, key: str, value: float) -> dict[str, Any]:
    """What is known of a figure of another package: its samples, and mostly its normaliser."""
    value = None if not_measured(key, value) else value
    entry = {'value': value, 'unit': None, 'normalizer': _foreign_normalizer(one.metric, key)}
    entry['higher_is_better'] = higher_is_better(key)
    return entry | dict.fromkeys(_COUNTS) | {'num_instances': one.samples}


def _foreign_normalizer(metric: BaseMetric, key: str) -> str | None:
    if isinstance(metric, CocoMetric):
        return 'OKS' if metric.use_area else 'OKS, box area'
    if isinstance(metric, PCKAccuracy):
        if len(metric.norm_item) == 1:
            return {'head': 'head_size'}.get(metric.norm_item[0], metric.norm_item[0])
        name = key.split('/')[-1].split()[-1].split('@')[0]
        return _PCK_NORMALIZERS.get(name)
    if isinstance(metric, NME):
        return metric.norm_item or 'keypoint distance'
    if isinstance(metric, AUC):
        return f'{metric.norm_factor:g} px'
    return 'pixel' if isinstance(metric, EPE) else None


def _definition(metric: LandmarkMetric) -> tuple[str, ...] | None:
    return metric.schema.keypoints if metric.schema is not None else None


def _difference(key: str, group: Sequence[Measurement]) -> str:
    first = group[0]
    for other in group[1:]:
        kinds = [type(one.metric).__name__ for one in (first, other)]
        if kinds[0] != kinds[1]:
            words = f'metric {kinds[0]} and {kinds[1]}'
        else:
            words = measure_difference(first.results[key], other.results[key])
        if words:
            return f'{first.dataset} and {other.dataset} differ: {words}'
    return ''
