"""The base of metrics that keep arrays, not an object per sample."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.dist import broadcast_object_list
from mmengine.evaluator import BaseMetric

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.metrics.gathering import gather_samples
from mmlandmark.evaluation.metrics.packed_samples import PackedSamples
from mmlandmark.evaluation.metrics.sample_store import SampleStore


class PackedMetric(BaseMetric):
    """A metric that packs each batch into arrays and collects them as one tensor.

    Samples that a sampler repeats, so that all processes have the same number of them, count once.

    Args:
        collect_device: As in MMEngine's `BaseMetric`; nothing depends on it, because the tensor is
            where the processes exchange tensors.
        prefix: Put before every key.
        collect_dir: As in MMEngine's `BaseMetric`; no files are exchanged.
    """

    results: SampleStore

    def __init__(
        self,
        collect_device: str = 'cpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
    ) -> None:
        # BaseMetric warns about a missing prefix, but these keys already name their metric
        super().__init__(collect_device, prefix or type(self).__name__, collect_dir)
        self.prefix = prefix
        self.results = SampleStore()

    @abstractmethod
    def pack(self, data_samples: Sequence[Mapping[str, Any]]) -> PackedSamples:
        """Pick what is needed of a batch of at least one sample."""

    @abstractmethod
    def compute_metrics(self, results: PackedSamples) -> dict[str, float]:
        """Measure the whole data set."""

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Keep what is needed of each sample, so that padding is dropped exactly."""
        if len(data_samples):
            self.results.add(self.pack(data_samples))

    def evaluate(self, size: int) -> dict[str, float]:
        """Measure over a data set of ``size`` samples; the same figures on every process.

        Raises:
            LandmarkError: It cannot be measured; on every process.
        """
        results = gather_samples(self.results.packed(), size)
        shared: list[Any] = [None]
        if results is not None:
            shared = [self._figures_or_error(results)]
        broadcast_object_list(shared)
        self.results.clear()
        if isinstance(shared[0], LandmarkError):
            raise shared[0]
        return shared[0]

    def require_samples(self, results: Sequence[Any]) -> None:
        """Raise a LandmarkError if there are no samples."""
        if not len(results):
            raise LandmarkError(f'{type(self).__name__}: no samples were evaluated')

    def _figures_or_error(self, results: PackedSamples) -> dict[str, float] | LandmarkError:
        try:
            figures = self.compute_metrics(results)
        except LandmarkError as error:  # the other processes wait for figures
            return error
        front = f'{self.prefix}/' if self.prefix else ''
        return {front + key: value for key, value in figures.items()}
