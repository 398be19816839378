"""What the metrics share as MMEngine metrics; the figures come from `evaluation.functional`.

A metric is added in three steps: write a pure function that returns a `MetricResult`, subclass
`LandmarkMetric` with a `measure` that calls it, and register the class in ``METRICS``.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from mmengine.logging import print_log

from mmlandmark.annotations.writer import write_json
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.counts import render_counts
from mmlandmark.evaluation.functional.normalizers import (
    FIELD_ALIASES,
    canonical_name,
    reference_lengths,
)
from mmlandmark.evaluation.functional.result import NOT_STATED, MetricResult
from mmlandmark.evaluation.metrics.packed_metric import PackedMetric
from mmlandmark.evaluation.metrics.packed_samples import PackedSamples, distinct
from mmlandmark.evaluation.metrics.packing import (
    BOX_SOURCE,
    GROUP,
    INSTANCES,
    SAMPLES,
    KeypointArrays,
    keypoint_arrays,
    pack_keypoints,
)
from mmlandmark.schemas import KeypointSchema, schema_of_metainfo


class LandmarkMetric(PackedMetric):
    """A metric over the labelled keypoints of a data set.

    Args:
        norm: Name of the normaliser; see `evaluation.functional.normalizer_values`.
        keypoints: Count only these keypoints or regions (one name or several).
        label: Names that choice in the key; required with ``keypoints`` unless it is one name.
        per_keypoint: Also return every keypoint's figure, ``KEY/keypoint``.
        per_region: Also return every region's figure, ``KEY/region``.
        group_by: Also measure the samples of every value of this field apart, such as ``gesture``:
            ``KEY/gesture=fist``. The field is one of the sample's metainfo or of its annotation.
        out_file: Write the whole results there as JSON after each evaluation.
        collect_device: See `PackedMetric`.
        prefix: Put before every key.
        collect_dir: See `PackedMetric`.

    Attributes:
        last_results: Key -> `MetricResult` of the last evaluation (on the main process).
        log_counts: Whether to log a figure's counts; an evaluator that does so itself clears it.
    """

    #: Whether a larger figure is better.
    higher_is_better: ClassVar[bool]
    #: Whether predictions and labels with depth are measured.
    depth: bool = False
    #: Whether points that a method does not give are left out of the figure, so that methods are
    #: comparable only on the points that all of them give.
    skips_missing: ClassVar[bool] = False
    #: Another average to return as ``KEY/NAME``: (name, key of `MetricResult.averages`).
    extra_average: ClassVar[tuple[str, str] | None] = None

    def __init__(
        self,
        norm: str,
        *,
        keypoints: str | Sequence[str] | None = None,
        label: str | None = None,
        per_keypoint: bool = False,
        per_region: bool = False,
        group_by: str | None = None,
        out_file: str | None = None,
        collect_device: str = 'cpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
    ) -> None:
        super().__init__(collect_device, prefix, collect_dir)
        if label is None and isinstance(keypoints, str):
            label = keypoints
        if keypoints is not None and label is None:
            raise LandmarkError(f'{type(self).__name__}: a choice of keypoints needs a label')
        self.norm, self.keypoints, self.label = norm, keypoints, label
        self.per_keypoint, self.per_region, self.out_file = per_keypoint, per_region, out_file
        self.group_by = group_by
        self.last_results: dict[str, MetricResult] = {}
        self.log_counts = True

    def pack(self, data_samples: Sequence[Mapping[str, Any]]) -> PackedSamples:
        """See `PackedMetric.pack`."""
        wanted = {'depth': self.depth, 'group_by': self.group_by}
        return pack_keypoints(data_samples, self.fields, **wanted)

    def compute_metrics(self, results: PackedSamples) -> dict[str, float]:
        """Measure the whole data set; LandmarkError if there is nothing to measure."""
        self.require_samples(results)
        self.last_results = self._measured(results)
        groups = results.tables[SAMPLES].columns[GROUP] if self.group_by else np.empty(0)
        for group in np.unique(groups):
            self.last_results |= {
                f'{key}/{self.group_by}={group.decode()}': result
                for key, result in self._measured(results.where(groups == group)).items()
            }
        if self.log_counts:
            print_log('Evaluation:\n' + render_counts(self.last_results), logger='current')
        if self.out_file:
            content = {key: result.to_dict() for key, result in self.last_results.items()}
            write_json(self.out_file, content, overwrite=True)
        figures: dict[str, float] = {}
        for key, result in self.last_results.items():
            figures.update(self._figures(key, result))
        return figures

    @abstractmethod
    def measure(
        self, arrays: KeypointArrays, schema: KeypointSchema | None
    ) -> Sequence[MetricResult]:
        """Compute the results over the data set."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the numbers of each sample that are needed; see `pack_keypoints`."""
        return self.norm, FIELD_ALIASES.get(self.norm, self.norm)

    @property
    def schema(self) -> KeypointSchema | None:
        """The keypoint definition of the labels; None before a data set is known."""
        return schema_of_metainfo(self.dataset_meta) if self.dataset_meta else None

    def normalizer(
        self, arrays: KeypointArrays, schema: KeypointSchema | None
    ) -> tuple[str, np.ndarray]:
        """The normaliser's proper name and the length of every instance, (N,), pixels."""
        length = reference_lengths(
            self.norm, schema, arrays.target, arrays.visible, arrays.bboxes, arrays.fields
        )
        return canonical_name(self.norm, schema, arrays.fields), length

    def common_arguments(
        self, arrays: KeypointArrays, schema: KeypointSchema | None
    ) -> dict[str, Any]:
        """What every function of `evaluation.functional` takes."""
        chosen = {'given': arrays.given, 'schema': schema, 'ids': arrays.ids}
        return chosen | {'keypoints': self.keypoints}

    def _measured(self, samples: PackedSamples) -> dict[str, MetricResult]:
        sources = distinct(samples.tables[INSTANCES].columns[BOX_SOURCE])
        unknown = sources.pop('', 0)
        if sources and unknown:
            sources[NOT_STATED] = unknown
        measured = self.measure(keypoint_arrays(samples), self.schema)
        return {self._key(result): replace(result, box_source=sources) for result in measured}

    def _key(self, result: MetricResult) -> str:
        return f'{result.name}/{self.label}' if self.label else result.name

    def _figures(self, key: str, result: MetricResult) -> dict[str, float]:
        figures = {key: result.value}
        if self.extra_average:
            name, way = self.extra_average
            figures[f'{key}/{name}'] = result.averages[way]
        for wanted, parts in (
            (self.per_region, result.per_region),
            (self.per_keypoint, result.per_keypoint),
        ):
            if wanted:
                figures.update({f'{key}/{part}': value for part, value in parts.items()})
        return figures
