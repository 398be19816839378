"""The base of metrics that keep arrays, not an object per sample."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.dist import broadcast_object_list
from mmengine.evaluator import BaseMetric

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.held_error import HeldError, said
from mmlandmark.evaluation.metrics.gathering import gather_parts, in_turns
from mmlandmark.evaluation.metrics.packed_samples import PackedSamples
from mmlandmark.evaluation.metrics.sample_store import SampleStore


class PackedMetric(BaseMetric):
    """A metric that packs each batch into arrays and collects them as one tensor.

    Samples that a sampler repeats, so that all processes have the same number of them, count once.
    A sample that is refused is an error at once in a process alone; one of several tells it in the
    log, and all raise it in `evaluate`.

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
        self._start_empty()

    def _start_empty(self) -> None:
        """Make what samples and errors are kept in."""
        self.results = SampleStore()
        self._held = HeldError()

    @abstractmethod
    def pack(self, data_samples: Sequence[Mapping[str, Any]]) -> PackedSamples:
        """Pick what is needed of a batch of at least one sample."""

    @abstractmethod
    def compute_metrics(self, results: PackedSamples) -> dict[str, float]:
        """Measure the whole data set."""

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Keep what is needed of each sample, so that padding is dropped exactly."""
        if len(data_samples):
            self._held.attempt(lambda: self.keep(data_batch, data_samples))

    def keep(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Keep what is needed of a batch of at least one sample."""
        self.results.add(self.pack(data_samples))

    def evaluate(self, size: int) -> dict[str, float]:
        """Measure over a data set of ``size`` samples; the same figures on every process.

        Raises:
            LandmarkError: It cannot be measured, or a process refused a sample; on every process.
                Errors of other kinds are raised where they came up, and are such an error on the
                other processes.
        """
        own = self._held.take()
        packed = self.results.packed() if own is None else PackedSamples(refused=said(own))
        parts = gather_parts(packed)
        shared: list[Any] = [None]
        if parts is not None:
            try:
                shared = [self._measure_all(parts, size)]
            except Exception as error:  # the other processes wait for figures
                own = own or error
                shared = [said(own)]
        broadcast_object_list(shared)
        self.results.clear()
        if own is not None:
            raise own
        if isinstance(shared[0], str):
            raise LandmarkError(shared[0])
        return shared[0]

    def require_samples(self, results: Sequence[Any]) -> None:
        """Raise a LandmarkError if there are no samples."""
        if not len(results):
            raise LandmarkError(f'{type(self).__name__}: no samples were evaluated')

    def _measure_all(self, parts: Sequence[PackedSamples], size: int) -> dict[str, float]:
        figures = self.compute_metrics(in_turns(parts, size))
        front = f'{self.prefix}/' if self.prefix else ''
        return {front + key: value for key, value in figures.items()}
