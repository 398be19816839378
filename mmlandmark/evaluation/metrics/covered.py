"""Any metrics over the keypoints that a method covers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.dist import is_main_process
from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger
from mmpose.evaluation.metrics import CocoMetric
from mmpose.registry import METRICS

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.counts import render_counts
from mmlandmark.evaluation.metrics.base import LandmarkMetric
from mmlandmark.evaluation.metrics.coverage import (
    Coverage,
    agreed,
    check_answer,
    covered_keypoints,
    inferred_keypoints,
)
from mmlandmark.evaluation.metrics.packed_metric import PackedMetric
from mmlandmark.evaluation.metrics.packed_samples import PackedSamples, one_table
from mmlandmark.evaluation.metrics.sample_arrays import per_point, with_shapes
from mmlandmark.schemas import schema_of_metainfo

FRONT = 'covered'
"""Before every key, for a figure over some keypoints is not one over all."""


@METRICS.register_module()
class CoveredMetric(PackedMetric):
    """Run metrics as if the keypoints that a conversion cannot give were not labelled.

    A method declares them by ``pred_instances.keypoints_covered`` (`ConvertedHead` does); without
    it all are covered. A point that it could give but did not (`keypoints_visible` 0) counts as
    the metric has it. Figures get the key ``covered/KEY``; ``coverage/keypoints`` and
    ``coverage/points`` are the shares of the keypoints and of the labelled points that are covered.

    Args:
        metric: One or several metrics or their configs that read labels from the samples: ours and
            MMPose's PCK, NME, AUC, EPE. For `CocoMetric` there is `CoveredCocoMetric`. (Not
            ``metrics``, by which MMEngine tells an evaluator from a metric.)
        collect_device: See `PackedMetric`.
        prefix: Put before every key.
        collect_dir: See `PackedMetric`.

    Attributes:
        coverage: That of the last evaluation (on the main process).

    Raises:
        LandmarkError: A `CocoMetric`, whose labels are in a file.
    """

    def __init__(
        self,
        metric: dict | BaseMetric | Sequence[dict | BaseMetric],
        collect_device: str = 'cpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
    ) -> None:
        super().__init__(collect_device, prefix, collect_dir)
        several = [metric] if isinstance(metric, Mapping | BaseMetric) else metric
        self.metrics = [METRICS.build(m) if isinstance(m, Mapping) else m for m in several]
        for built in self.metrics:
            if isinstance(built, CocoMetric):
                raise LandmarkError(
                    f'CoveredMetric cannot hide labels from {type(built).__name__}, which reads '
                    'them from a file; use CoveredCocoMetric'
                )
            if isinstance(built, LandmarkMetric):
                built.log_counts = False
        self.coverage: Coverage | None = None

    @property
    def dataset_meta(self) -> dict | None:
        """Meta information of the data set; the metrics get it as well."""
        return self._dataset_meta

    @dataset_meta.setter
    def dataset_meta(self, dataset_meta: dict) -> None:
        self._dataset_meta = dataset_meta
        self._schema = schema_of_metainfo(dataset_meta)
        for metric in self.metrics:
            metric.dataset_meta = dataset_meta

    def keep(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Hand the samples on with the uncovered keypoints hidden; see `PackedMetric.keep`."""
        packed = self.pack(data_samples)
        self.results.add(packed)
        counts = packed.tables['instances'].counts
        covered = np.repeat(packed.tables['samples'].columns['covered'], counts, axis=0)
        visible, _ = self._visible(data_samples)
        seen = np.where(covered, visible, visible.dtype.type(0))
        ends = np.cumsum(counts).tolist()
        restricted = []
        for sample, start, end in zip(data_samples, [0, *ends], ends, strict=False):
            hidden = {**sample['gt_instances'], 'keypoints_visible': seen[start:end]}
            restricted.append({**sample, 'gt_instances': hidden})
        for metric in self.metrics:
            metric.process(data_batch, restricted)

    def pack(self, data_samples: Sequence[Mapping[str, Any]]) -> PackedSamples:
        """See `PackedMetric.pack`."""
        count = self._schema.num_keypoints
        for sample in data_samples:
            check_answer(sample, self._schema, 'CoveredMetric')
        visible, counts = self._visible(data_samples)
        covered = covered_keypoints(data_samples, count)
        inferred = inferred_keypoints(data_samples, covered)
        samples = one_table('samples', [1] * len(counts), dict(covered=covered, inferred=inferred))
        instances = one_table('instances', counts, dict(labelled=visible > 0))
        return PackedSamples(len(counts), {**samples.tables, **instances.tables})

    def _visible(self, samples: Sequence[Mapping[str, Any]]) -> tuple[np.ndarray, list[int]]:
        """The visibility of all labels (R, K), and how many instances each sample has."""
        visible = with_shapes([sample['gt_instances']['keypoints_visible'] for sample in samples])
        counts = [len(rows) for rows in visible]
        return per_point(visible, samples, counts, self._schema.num_keypoints), counts

    def evaluate(self, size: int) -> dict[str, float]:
        """Measure over a data set of ``size`` samples."""
        figures = super().evaluate(size)
        front = f'{self.prefix}/{FRONT}' if self.prefix else FRONT
        for metric in self.metrics:
            figures |= {f'{front}/{key}': value for key, value in metric.evaluate(size).items()}
        self._log_counts()
        return figures

    def _log_counts(self) -> None:
        """Log what the figures were divided by and what they count (on the main process)."""
        results = {
            key: result
            for metric in self.metrics
            if isinstance(metric, LandmarkMetric)
            for key, result in metric.last_results.items()
        }
        if results and is_main_process():
            counts = render_counts(results, heading='over covered keypoints')
            MMLogger.get_current_instance().info(f'Evaluation:\n{counts}')

    def compute_metrics(self, results: PackedSamples) -> dict[str, float]:
        """Return the coverage, and log it for every keypoint."""
        self.require_samples(results)
        samples = results.tables['samples'].columns
        covered = agreed(samples['covered'], 'CoveredMetric')
        labelled = results.tables['instances'].columns['labelled'].sum(axis=0)
        inferred = samples['inferred'].sum(axis=0)
        self.coverage = Coverage(self._schema, covered, labelled, inferred)
        MMLogger.get_current_instance().info(f'{self.coverage.summary()}\n{self.coverage.table()}')
        return {
            'coverage/keypoints': self.coverage.of_keypoints,
            'coverage/points': self.coverage.of_points,
        }
