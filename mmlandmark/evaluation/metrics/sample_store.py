"""Packed samples that grow batch by batch."""

from __future__ import annotations

import numpy as np

from mmlandmark.evaluation.metrics.packed_samples import (
    PackedSamples,
    Table,
    common_type,
    total_lacking,
)

_GROWTH = 1.5
_FEWEST = 64
_COUNTS = None
"""Key of the numbers of rows beside the names of columns."""


class SampleStore:
    """Keeps packed samples in one growing array per column.

    It stands where MMEngine's metrics keep a list of results: it has the length of all samples
    and can be cleared.
    """

    def __init__(self) -> None:
        self.clear()

    def __len__(self) -> int:
        return self._num_samples

    def clear(self) -> None:
        """Forget all samples."""
        self._num_samples = 0
        self._lacking: dict[str, int] = {}
        self._tables: dict[str, dict[str | None, _Growing]] = {}

    def add(self, batch: PackedSamples) -> None:
        """Append samples.

        Raises:
            LandmarkError: A column has rows of another shape than before.
        """
        if not batch:
            return
        lacking = total_lacking([self.packed(), batch])
        for name, table in batch.tables.items():
            own = self._tables.setdefault(name, {_COUNTS: _Growing('counts')})
            own[_COUNTS].append(table.counts)
            for key, values in table.columns.items():
                if key not in lacking:
                    own.setdefault(key, _Growing(key)).append(values)
        for own in self._tables.values():
            for key in lacking:
                own.pop(key, None)
        self._lacking = lacking
        self._num_samples += len(batch)

    def packed(self) -> PackedSamples:
        """All samples; views that are valid until the next batch is added."""
        tables = {}
        for name, own in self._tables.items():
            columns = {key: column.values for key, column in own.items() if key is not _COUNTS}
            tables[name] = Table(own[_COUNTS].values, columns)
        return PackedSamples(self._num_samples, tables, self._lacking)


class _Growing:
    """An array with room behind its last row, so that appending copies rarely."""

    def __init__(self, name: str) -> None:
        self.name, self._rows, self._room = name, 0, np.empty(0)

    @property
    def values(self) -> np.ndarray:
        return self._room[: self._rows]

    def append(self, values: np.ndarray) -> None:
        if self._rows == 0:
            self._room = np.empty((_FEWEST, *values.shape[1:]), values.dtype)
        dtype, shape = common_type(self.name, (self._room, values))
        rows = self._rows + len(values)
        if rows > len(self._room) or dtype != self._room.dtype:
            grown = np.empty((max(rows, int(_GROWTH * len(self._room))), *shape), dtype)
            grown[: self._rows] = self.values
            self._room = grown
        self._room[self._rows : rows] = values
        self._rows = rows
