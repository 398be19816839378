"""Every figure of a test with its normaliser and counts, whatever evaluated it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mmengine.evaluator import BaseMetric, Evaluator

from mmlandmark.evaluation.evaluators.comparison import loss_line
from mmlandmark.evaluation.evaluators.converter_evaluator import ConverterEvaluator
from mmlandmark.evaluation.evaluators.dataset_report import (
    POOLED,
    Measurement,
    Pooled,
    make_report,
    report_notes,
    report_rows,
)
from mmlandmark.evaluation.evaluators.per_dataset_evaluator import PerDatasetEvaluator
from mmlandmark.evaluation.metrics.base import LandmarkMetric
from mmlandmark.evaluation.metrics.covered import FRONT, CoveredMetric
from mmlandmark.evaluation.metrics.keypoint_average_precision import KeypointAveragePrecision
from mmlandmark.visualization.report_blocks import ResultTable

_COUNTS = {
    'unit': 'unit',
    'normalizer': 'normaliser',
    'num_instances': 'instances',
    'num_points': 'points',
    'num_excluded': 'excluded',
    'coverage': 'coverage',
}


_AP = ('AP', 'mAP')


def metrics_of(evaluator: Evaluator) -> list[tuple[str, BaseMetric]]:
    """All metrics with the data set that each is for; empty: for all samples."""
    if isinstance(evaluator, PerDatasetEvaluator):
        named = [(name, m) for name, some in evaluator.dataset_metrics.items() for m in some]
        return named + [('', metric) for metric in evaluator.common_metrics]
    return [('', metric) for metric in evaluator.metrics]


def landmark_metrics(evaluator: Evaluator) -> Iterator[tuple[str, LandmarkMetric]]:
    """The metrics of this package, those within others included, with their data sets."""
    for name, metric in metrics_of(evaluator):
        for one in metric.metrics if isinstance(metric, CoveredMetric) else [metric]:
            if isinstance(one, LandmarkMetric):
                yield name, one


def overview(
    evaluator: Evaluator, figures: Mapping[str, float], dataset: str, samples: int
) -> ResultTable:
    """Return the figures of a test as a table.

    Args:
        evaluator: That has just evaluated, on the main process.
        figures: What it returned.
        dataset: Name of the data set, where there is one alone.
        samples: How many were evaluated.
    """
    if isinstance(evaluator, ConverterEvaluator) and evaluator.comparison:
        return _compared(evaluator.comparison)
    if isinstance(evaluator, PerDatasetEvaluator):
        report = {**evaluator.report, 'datasets': dict(evaluator.report['datasets'])}
        common = [metric for name, metric in metrics_of(evaluator) if not name]
        named = (*report['datasets'], POOLED)
        others = {k: v for k, v in figures.items() if k.partition('/')[0] not in named}
        if others:
            extra = _report('all samples', common, others, samples)
            report['datasets'] |= extra['datasets']
    else:
        report = _report(dataset, [m for _, m in metrics_of(evaluator)], figures, samples)
    for name, metric in metrics_of(evaluator):
        if isinstance(metric, CoveredMetric):
            _fill_in(report, name or dataset, metric, samples)
    return ResultTable(report_rows(report), notes=report_notes(report))


def _report(
    dataset: str, metrics: Sequence[BaseMetric], figures: Mapping[str, float], samples: int
) -> dict[str, Any]:
    """The report of metrics over all samples."""
    left = dict(figures)
    owned: dict[int, dict[str, float]] = {}
    # those that know their keys first: others claim whatever begins with their name
    for metric in sorted(metrics, key=lambda one: not isinstance(one, LandmarkMetric)):
        owned[id(metric)] = {key: left.pop(key) for key in _own_keys(metric, left)}
    measurements = []
    for metric in metrics:
        results = {}
        if isinstance(metric, LandmarkMetric):
            front = f'{metric.prefix}/' if metric.prefix else ''
            results = {front + key: result for key, result in metric.last_results.items()}
        measurements.append(Measurement(dataset, metric, samples, owned[id(metric)], results))
    if left and metrics:
        measurements.append(Measurement(dataset, _Unknown(prefix='unknown'), samples, left, {}))
    return make_report(measurements, Pooled(), {dataset: samples})


def _own_keys(metric: BaseMetric, figures: Mapping[str, float]) -> list[str]:
    """The keys of one metric among the figures of several."""
    front = f'{metric.prefix}/' if metric.prefix else ''
    if isinstance(metric, LandmarkMetric):
        return [k for k in figures if any(_within(k, front + r) for r in metric.last_results)]
    if isinstance(metric, KeypointAveragePrecision):
        return [k for k in figures if k.removeprefix(front).split('@')[0].split('/')[0] in _AP]
    if front:
        return [key for key in figures if key.startswith(front)]
    # MMPose's keys without a prefix begin with the name of their metric: EPE, NME, AUC, PCK@0.05
    word = type(metric).__name__.removesuffix('Accuracy')
    return [key for key in figures if key.startswith(word) or ('PCK' in key and 'PCK' in word)]


def _within(key: str, result: str) -> bool:
    return key == result or key.startswith(f'{result}/')


def _fill_in(report: dict[str, Any], dataset: str, covered: CoveredMetric, samples: int) -> None:
    """Put counts beside the figures over covered keypoints."""
    front = f'{covered.prefix}/{FRONT}' if covered.prefix else FRONT
    for metric in covered.metrics:
        if isinstance(metric, LandmarkMetric):
            results = {f'{front}/{key}': result for key, result in metric.last_results.items()}
            values = {key: result.value for key, result in results.items()}
            own = Measurement(dataset, metric, samples, values, results)
            made = make_report([own], Pooled(), {dataset: samples})['datasets'][dataset]
            entry = report['datasets'].setdefault(dataset, {'samples': samples, 'figures': {}})
            report['datasets'][dataset] = {**entry, 'figures': entry['figures'] | made['figures']}


def _compared(comparison: Mapping[str, Any]) -> ResultTable:
    """A model beside its baselines."""
    rows, notes = [], [loss_line(loss) for loss in comparison['losses']]
    for key, entry in comparison['metrics'].items():
        for method in comparison['methods']:
            found = entry['methods'].get(method)
            if found is None:
                continue
            known = {'unit': entry['unit'], 'normalizer': entry['normalizer'], **found}
            row = {'method': method, 'metric': key, 'value': found['value']}
            rows.append(row | {name: known.get(count) for count, name in _COUNTS.items()})
            notes += [
                f'{method}, {key}: {count} instances excluded, {reason}'
                for reason, count in (found.get('excluded') or {}).items()
            ]
    return ResultTable(rows, notes=list(dict.fromkeys(notes)))


class _Unknown(BaseMetric):
    """Stands for the metric of figures whose keys do not tell."""

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Nothing is measured."""

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Nothing is measured."""
        return {}
