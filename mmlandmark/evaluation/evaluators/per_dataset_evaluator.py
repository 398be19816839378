"""Evaluate several data sets at once, each with metrics of its own."""

from __future__ import annotations

import copy
import functools
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from mmengine.dist import all_gather_object, broadcast_object_list, is_main_process
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.logging import MMLogger
from mmpose.registry import EVALUATORS, METRICS

from mmlandmark.annotations.writer import write_json
from mmlandmark.compat.coco_metric import announced_ann_file, unconverted_ground_truth
from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.evaluation.evaluators.dataset_report import (
    POOLED,
    Measurement,
    make_report,
    pool,
    render_report,
)
from mmlandmark.evaluation.evaluators.prediction_schemas import PredictionSchemas
from mmlandmark.evaluation.evaluators.routing import Batch, PaddingFilter, dataset_of
from mmlandmark.evaluation.held_error import HeldError, said
from mmlandmark.evaluation.metrics.base import LandmarkMetric

MetricConfig = dict | BaseMetric


@EVALUATORS.register_module()
class PerDatasetEvaluator(Evaluator):
    """Run any metrics per data set; print one table with the figures of each and of all.

    A sample goes to the metrics of the data set that its ``dataset_name`` names. Each metric gets
    the metainfo of that data set as its config has it (``datasets`` of the metainfo of
    `MultiKeypointDataset`, or the only data set), and `CocoMetric` its annotation file. A figure's
    key is ``NAME/KEY``, a default prefix of the metric dropped (``coco/AP``, ``mpii/PCKh@0.5``).
    What several data sets measure with the same metric of this package is also given over all of
    them, ``pooled/KEY``; see `evaluation.functional.pool_results`. Samples with which a sampler
    fills up the last batch of a process count once.

    Args:
        metrics: Name of a data set -> one or several metrics or their configs.
        common_metrics: Metrics that see the samples of all data sets, such as `DumpResults`; their
            keys get no name in front.
        out_file: Write the report there as JSON after each evaluation.

    Attributes:
        report: The last report; see `make_report`.
    """

    def __init__(
        self,
        metrics: Mapping[str, MetricConfig | Sequence[MetricConfig]],
        common_metrics: MetricConfig | Sequence[MetricConfig] = (),
        out_file: str | None = None,
    ) -> None:
        if not isinstance(metrics, Mapping) or not metrics or 'type' in metrics:
            raise LandmarkError(
                'PerDatasetEvaluator: metrics maps names of data sets to metrics, such as '
                "dict(coco=dict(type='CocoMetric'))"
            )
        if POOLED in metrics:
            raise LandmarkError(f'PerDatasetEvaluator: no data set can be called {POOLED!r}')
        self.dataset_metrics = {name: _build(name, some) for name, some in metrics.items()}
        self.common_metrics = _build('common_metrics', common_metrics, own_prefix=True)
        every = [m for some in self.dataset_metrics.values() for m in some]
        super().__init__([*every, *self.common_metrics])
        self.out_file = out_file
        self.report: dict[str, Any] = {}
        self._names: tuple[str, ...] = ()
        self._schemas = PredictionSchemas()
        self._padding = PaddingFilter()
        self._samples: Counter[str] = Counter()
        self._held = HeldError()

    @property
    def dataset_meta(self) -> dict | None:
        """Meta information of the whole data set; setting it tells every metric its own.

        Raises:
            LandmarkError: A metric for a data set that there is not.
        """
        return self._dataset_meta

    @dataset_meta.setter
    def dataset_meta(self, dataset_meta: dict) -> None:
        self._dataset_meta = dataset_meta
        several = 'datasets' in dataset_meta
        metas = dataset_meta['datasets'] if several else _single(dataset_meta)
        self._names = tuple(metas)
        for name, metrics in self.dataset_metrics.items():
            if name not in metas:
                raise LandmarkError(
                    f'PerDatasetEvaluator: metrics for {name!r}, but there is no such data set'
                    f'{nearest(name, metas)}; there are {", ".join(metas)}'
                )
            for metric in metrics:
                # metrics change what they get: CocoMetric writes converted sigmas into it
                meta = copy.deepcopy(dict(metas[name]))
                with announced_ann_file(meta) if several else nullcontext():
                    metric.dataset_meta = meta
        for metric in self.common_metrics:
            metric.dataset_meta = dataset_meta
        self._schemas = PredictionSchemas(metas)
        unmeasured = [name for name in metas if name not in self.dataset_metrics]
        if unmeasured:
            _log(f'PerDatasetEvaluator has no metrics for the data sets {", ".join(unmeasured)}')

    def process(self, data_samples: Sequence[Any], data_batch: Any = None) -> None:
        """Give every sample to the metrics of its data set.

        Raises:
            LandmarkError: A sample of no or of an unknown data set, or predicted keypoints that
                are not those of its data set. With several processes `evaluate` raises it.
        """
        samples = [s.to_dict() if hasattr(s, 'to_dict') else s for s in data_samples]
        for batch in self._padding.push(Batch(samples, data_batch)):
            self._held.attempt(functools.partial(self._process, batch))

    def evaluate(self, size: int) -> dict[str, float]:
        """Measure all data sets, ``size`` samples in all; print and keep the report.

        Raises:
            LandmarkError: No sample of a data set that has metrics, or more samples than ``size``,
                or a process refused a sample.
        """
        held = self._padding.finish(size, all_gather_object(self._padding.seen))
        if held is not None:
            self._held.attempt(functools.partial(self._process, held))
        samples = self._count(size)
        measurements = [
            self._measure(name, metric, samples[name])
            for name, metrics in self.dataset_metrics.items()
            for metric in metrics
        ]
        measurements = _distinct_keys(measurements)
        figures = {f'{m.dataset}/{k}': v for m in measurements for k, v in m.figures.items()}
        figures |= self._report(measurements, samples)
        for metric in self.common_metrics:
            figures.update(metric.evaluate(size))
        return figures

    def _process(self, batch: Batch) -> None:
        only = self._names[0] if len(self._names) == 1 else None
        rows: dict[str, list[int]] = {}
        for row, sample in enumerate(batch.samples):
            rows.setdefault(dataset_of(sample, self._names, only), []).append(row)
        for name, chosen in rows.items():
            self._samples[name] += len(chosen)
            metrics = self.dataset_metrics.get(name, ())
            part = batch if len(rows) == 1 else batch.take(chosen)
            self._schemas.check(name, part.samples, metrics)
            for metric in metrics:
                metric.process(part.data, part.samples)
        for metric in self.common_metrics:
            metric.process(batch.data, batch.samples)

    def _count(self, size: int) -> dict[str, int]:
        """Samples of each data set over all processes; starts counting anew."""
        own = self._held.take()
        told = all_gather_object((dict(self._samples), said(own)))
        self._samples.clear()
        if own is not None:
            raise own
        for _, refused in told:
            if refused:
                raise LandmarkError(refused)
        everywhere = [counts for counts, _ in told]
        samples = {name: sum(one.get(name, 0) for one in everywhere) for name in self._names}
        total = sum(samples.values())
        if total > size:
            raise LandmarkError(
                f'{total} samples were evaluated of a data set of {size}: the sampler repeats '
                'samples, expected each once'
            )
        for name in self.dataset_metrics:
            if not samples.get(name):
                raise LandmarkError(f'data set {name!r} has metrics, but none of its samples came')
        if total < size:
            _log(f'only {total} of the {size} samples of the data set were evaluated')
        return samples

    def _measure(self, dataset: str, metric: BaseMetric, samples: int) -> Measurement:
        # padding is gone already, so the number of results is that of the samples
        with unconverted_ground_truth(metric):
            figures = metric.evaluate(samples)
        results = {}
        if isinstance(metric, LandmarkMetric):
            front = f'{metric.prefix}/' if metric.prefix else ''
            results = {front + key: result for key, result in metric.last_results.items()}
        return Measurement(dataset, metric, samples, figures, results)

    def _report(
        self, measurements: Sequence[Measurement], samples: Mapping[str, int]
    ) -> dict[str, float]:
        """Report on the main process, which alone has the counts; return the pooled figures."""
        shared: list[Any] = [None]
        if is_main_process():
            pooled = pool(measurements)
            figures = {f'{POOLED}/{key}': value for key, value in pooled.figures.items()}
            shared = [(make_report(measurements, pooled, samples), figures)]
        broadcast_object_list(shared)
        self.report, figures = shared[0]
        if is_main_process():
            if self.out_file:
                write_json(self.out_file, self.report, overwrite=True)
            _log('Evaluation:\n' + render_report(self.report))
        return figures


def _build(
    name: str, metrics: MetricConfig | Sequence[MetricConfig], *, own_prefix: bool = False
) -> list[BaseMetric]:
    some = [metrics] if isinstance(metrics, (Mapping, BaseMetric)) else list(metrics)
    built = [METRICS.build(metric) if isinstance(metric, Mapping) else metric for metric in some]
    for metric in built:
        if not isinstance(metric, BaseMetric):
            raise LandmarkError(
                f'PerDatasetEvaluator: {name!r} has {metric!r}; expected a metric or its config'
            )
        if not own_prefix and metric.prefix == metric.default_prefix:
            # the name of the data set stands in its place
            metric.prefix = None
        if not own_prefix and isinstance(metric, LandmarkMetric):
            metric.log_counts = False  # the report has them
    return built


def _single(dataset_meta: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    if 'dataset_name' not in dataset_meta:
        raise LandmarkError('PerDatasetEvaluator: the metainfo of the data set has no dataset_name')
    return {dataset_meta['dataset_name']: dataset_meta}


def _distinct_keys(measurements: Sequence[Measurement]) -> list[Measurement]:
    """Number the keys that two metrics of one data set share, so that no figure is lost."""
    taken: set[str] = set()
    distinct = []
    for one in measurements:
        names = {}
        for key in one.figures:
            number, name = 1, key
            while f'{one.dataset}/{name}' in taken:
                number, name = number + 1, f'{key}#{number + 1}'
            taken.add(f'{one.dataset}/{name}')
            names[key] = name
        renamed = [key for key, name in names.items() if key != name]
        if renamed:
            _log(
                f'{one.dataset}: several metrics give {renamed[0]!r}; this one is '
                f'{names[renamed[0]]!r}, give the metrics a prefix for other names'
            )
        figures = {names[key]: value for key, value in one.figures.items()}
        results = {names[key]: result for key, result in one.results.items()}
        distinct.append(Measurement(one.dataset, one.metric, one.samples, figures, results))
    return distinct


def _log(message: str) -> None:
    if is_main_process():
        MMLogger.get_current_instance().info(message)
