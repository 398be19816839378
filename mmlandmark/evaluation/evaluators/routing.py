"""Samples of several data sets: whose they are, and which of them only pad the data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmengine.dist import get_rank

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.evaluation.metrics.gathering import places_in_turns

Sample = Mapping[str, Any]


@dataclass
class Batch:
    """Samples and what the data loader gave for them.

    Attributes:
        samples: The model's samples as dicts.
        data: The data batch, or None.
    """

    samples: list[Sample]
    data: Any = None

    def take(self, rows: Sequence[int]) -> Batch:
        """Return some of the samples, with their share of the data batch."""
        return Batch([self.samples[row] for row in rows], _take(self.data, rows, len(self.samples)))


class PaddingFilter:
    """Keeps back the last sample of this process until the size of the data set is known.

    MMEngine's samplers deal samples out to the processes in turns and give some processes one of
    the first samples once more at the end, so that all have the same number of them. What is
    padding follows from the place of a sample in these turns and the size, which are known only at
    the end.
    """

    def __init__(self) -> None:
        self._held: Batch | None = None
        self.seen = 0

    def push(self, batch: Batch) -> list[Batch]:
        """Take a batch; return what can no longer be padding."""
        if not batch.samples:
            return []
        count = len(batch.samples)
        self.seen += count
        ready = [held for held in (self._held, batch.take(range(count - 1))) if held is not None]
        self._held = batch.take([count - 1])
        return [held for held in ready if held.samples]

    def finish(self, size: int, counts: Sequence[int]) -> Batch | None:
        """Return the kept sample unless it is padding of a data set of ``size``; start anew.

        Args:
            size: Length of the data set.
            counts: How many samples each process has ``seen``.
        """
        held, self._held, self.seen = self._held, None, 0
        if held is None:
            return None
        return held if places_in_turns(counts)[get_rank()][-1] < size else None


def dataset_of(sample: Sample, known: Sequence[str], only: str | None) -> str:
    """Return the name of the data set of a sample.

    Args:
        sample: The sample as a dict.
        known: The names of the data sets.
        only: The name to take where a sample carries none; None: that is an error.

    Raises:
        LandmarkError: The sample names no data set, or one that is not known.
    """
    name = sample.get('dataset_name', only)
    if name in known:
        return name
    if name is None:
        raise LandmarkError(
            f'{describe(sample)} carries no dataset_name; expected one of {", ".join(known)}: '
            "use MultiKeypointDataset and keep 'dataset_name' in PackPoseInputs' meta_keys"
        )
    raise LandmarkError(
        f'{describe(sample)} is of the unknown data set {name!r}{nearest(name, known)}; '
        f'known are {", ".join(known)}'
    )


def describe(sample: Sample) -> str:
    """Name a sample for a message, by its id and picture where it has them."""
    picture = f' ({sample["img_path"]})' if sample.get('img_path') else ''
    return f'sample {sample.get("id", "without id")}{picture}'


def _take(data: Any, rows: Sequence[int], count: int) -> Any:
    if isinstance(data, Mapping):
        return {key: _take(value, rows, count) for key, value in data.items()}
    rows_of = getattr(data, 'shape', None)
    length = rows_of[0] if rows_of else len(data) if isinstance(data, (list, tuple)) else None
    return [data[row] for row in rows] if length == count else data
