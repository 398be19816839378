"""Evaluate a model beside its baselines, with the same metrics on the same samples."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.dist import all_gather_object, broadcast_object_list, is_main_process
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.logging import MMLogger
from mmpose.registry import EVALUATORS, METRICS

from mmlandmark.annotations.writer import write_json
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.evaluators.comparison import (
    COMMON,
    MODEL,
    MethodFigures,
    compare,
    render_comparison,
)
from mmlandmark.evaluation.evaluators.fingerprint import fingerprint
from mmlandmark.evaluation.evaluators.samples import (
    baseline_names,
    common_points,
    method_samples,
    plain_sample,
    restrict,
)
from mmlandmark.evaluation.metrics.base import LandmarkMetric

#: Where metrics (ours and MMEngine's and MMPose's) keep the file that they write.
_OUTPUTS = ('out_file', 'outfile_prefix', 'out_file_path')


@EVALUATORS.register_module()
class ConverterEvaluator(Evaluator):
    """Run metrics on the model and on every baseline that the samples carry; print one table.

    A sample's ``baselines`` maps a name to what ``pred_instances`` would be if that method had
    predicted. A baseline's figures get its name in front (``affine/NME/eye_outer``). Where the
    methods do not give the same labelled points, metrics that leave out missing points (NME,
    MPJPE) are also measured over the points that all methods give (``NME/eye_outer/common``), and
    only those are compared. Baselines are measured again only if their arrays, the ground truth
    or the size of the data set have changed. Metrics see no ``data_batch`` with a baseline.

    Args:
        metrics: Metrics or their configs; ours and any others that work on MMPose's samples.
        out_file: Write the comparison there as JSON after each evaluation.

    Attributes:
        comparison: The last comparison; see `compare`.
    """

    def __init__(
        self,
        metrics: dict | BaseMetric | Sequence[dict | BaseMetric],
        out_file: str | None = None,
    ) -> None:
        configs = metrics if isinstance(metrics, Sequence) else [metrics]
        super().__init__([METRICS.build(m) if isinstance(m, dict) else m for m in configs])
        for metric in self.metrics:
            if isinstance(metric, LandmarkMetric):
                metric.log_counts = False  # the comparison has them
        self.out_file = out_file
        self.comparison: dict[str, Any] = {}
        # copied while they hold no results; every baseline starts from these
        self._pristine = copy.deepcopy(self.metrics)
        self._samples: list[dict[str, Any]] = []
        self._cache: dict[str, tuple[Any, MethodFigures]] = {}

    @property
    def dataset_meta(self) -> dict | None:
        """Meta information of the data set; setting it forgets what was measured before."""
        return self._dataset_meta

    @dataset_meta.setter
    def dataset_meta(self, dataset_meta: dict) -> None:
        Evaluator.dataset_meta.fset(self, dataset_meta)
        self._cache.clear()

    def process(self, data_samples: Sequence[Any], data_batch: Any = None) -> None:
        """Give the samples to the metrics and keep them for the baselines."""
        samples = [plain_sample(sample) for sample in data_samples]
        super().process(samples, data_batch)
        # without baselines nothing is measured later, and predictions can be large
        self._samples.extend(s if 'baselines' in s else {} for s in samples)

    def evaluate(self, size: int) -> dict[str, float]:
        """Measure the model and the baselines over a data set of ``size`` samples."""
        samples, self._samples = self._samples, []
        figures = super().evaluate(size)
        methods = {MODEL: _collect(self.metrics, figures)}
        names = _agree(baseline_names(samples))
        if names:
            digests = all_gather_object(fingerprint(samples))
            known = None if None in digests else (size, *digests)
            for name in names:
                as_baseline = method_samples(samples, name)
                methods[name] = self._run(self._pristine, name, as_baseline, size, known)
            self._measure_common(methods, samples, size, known)
        self._report(methods)
        for name in names:
            figures.update({f'{name}/{key}': v for key, v in methods[name].figures.items()})
        return figures | {
            f'{"" if name == MODEL else name + "/"}{key}/{COMMON}': value
            for name, method in methods.items()
            for key, value in method.common_figures.items()
        }

    def _measure_common(
        self,
        methods: Mapping[str, MethodFigures],
        samples: Sequence[Mapping[str, Any]],
        size: int,
        known: Any,
    ) -> None:
        partial = [m for m in self._pristine if isinstance(m, LandmarkMetric) and m.skips_missing]
        masks, narrower = common_points(samples)
        everywhere = all_gather_object((narrower, fingerprint([{'masks': masks}])))
        if not partial or not any(narrower for narrower, _ in everywhere):
            return
        for name, method in methods.items():
            narrowed = restrict(method_samples(samples, name), masks)
            same = None if known is None or name == MODEL else (known, everywhere)
            ran = self._run(partial, f'{name}.{COMMON}', narrowed, size, same)
            method.common, method.common_figures = ran.results, ran.figures

    def _run(
        self,
        metrics: Sequence[BaseMetric],
        name: str,
        samples: Sequence[Mapping[str, Any]],
        size: int,
        known: Any,
    ) -> MethodFigures:
        """Measure ``samples`` with fresh copies of ``metrics``.

        ``known`` stands for everything that the outcome depends on: the last outcome under the
        same ``name`` is returned if it was measured for an equal one. None measures always.
        """
        measured_for, ran = self._cache.get(name, (None, None))
        if known is None or known != measured_for:
            copies = [_copy_for(metric, name) for metric in metrics]
            figures: dict[str, float] = {}
            for metric in copies:
                metric.dataset_meta = self.dataset_meta
                metric.process(None, samples)
                figures.update(metric.evaluate(size))
            ran = _collect(copies, figures)
            self._cache[name] = (known, ran)
        return copy.copy(ran)

    def _report(self, methods: Mapping[str, MethodFigures]) -> None:
        """Compare on the main process, which alone has the counts, and tell the others."""
        shared = [compare(methods) if is_main_process() else None]
        broadcast_object_list(shared)
        self.comparison = shared[0]
        if not is_main_process():
            return
        if self.out_file:
            write_json(self.out_file, self.comparison, overwrite=True)
        logger = MMLogger.get_current_instance()
        logger.info('Evaluation:\n' + render_comparison(self.comparison))


def _collect(metrics: Sequence[BaseMetric], figures: Mapping[str, float]) -> MethodFigures:
    results = {}
    for metric in metrics:
        if isinstance(metric, LandmarkMetric):
            front = f'{metric.prefix}/' if metric.prefix else ''
            results.update({front + key: result for key, result in metric.last_results.items()})
    return MethodFigures(dict(figures), results)


def _copy_for(metric: BaseMetric, name: str) -> BaseMetric:
    """A copy of a metric that writes its file beside, not over, the model's."""
    metric = copy.deepcopy(metric)
    for output in _OUTPUTS:
        path = getattr(metric, output, None)
        if isinstance(path, str):
            suffix = Path(path).suffix
            setattr(metric, output, f'{path.removesuffix(suffix)}.{name}{suffix}')
    return metric


def _agree(names: tuple[str, ...]) -> tuple[str, ...]:
    """The baselines' names, the same on every process, or an error on every process."""
    everywhere = all_gather_object(names)
    if any(set(other) != set(names) for other in everywhere):
        raise LandmarkError(f'the processes carry different baselines: {everywhere}')
    return everywhere[0]
