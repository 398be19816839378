"""What metrics keep of many samples: a few arrays, whatever the number of samples."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mmlandmark.errors import LandmarkError


@dataclass(frozen=True)
class Table:
    """Rows that belong to samples, a sample's rows one after the other.

    Attributes:
        counts: Rows of each sample, (S,) int64.
        columns: Name -> values of the rows, (R, ...).
    """

    counts: np.ndarray
    columns: Mapping[str, np.ndarray]

    @property
    def num_rows(self) -> int:
        """The rows of all samples."""
        return int(self.counts.sum())


@dataclass(frozen=True)
class PackedSamples:
    """Arrays over samples, in tables of as many rows per sample as there are.

    Attributes:
        num_samples: S.
        tables: Name -> rows, such as one for each instance.
        lacking: Name of a column -> number of samples that lack it. It has no values, because
            others have it.
        refused: Why a process could not pack its samples; nothing is measured then.
    """

    num_samples: int = 0
    tables: Mapping[str, Table] = field(default_factory=dict)
    lacking: Mapping[str, int] = field(default_factory=dict)
    refused: str = ''

    def __len__(self) -> int:
        return self.num_samples

    def head(self, count: int) -> PackedSamples:
        """The first ``count`` samples, without copying."""
        if count >= self.num_samples:
            return self
        tables = {}
        for name, table in self.tables.items():
            counts = table.counts[:count]
            rows = int(counts.sum())
            tables[name] = Table(counts, {key: c[:rows] for key, c in table.columns.items()})
        return PackedSamples(count, tables, self.lacking)

    def where(self, mask: np.ndarray) -> PackedSamples:
        """The samples for which ``mask`` (S,) is True."""
        tables = {}
        for name, table in self.tables.items():
            rows = np.repeat(mask, table.counts)
            columns = {key: column[rows] for key, column in table.columns.items()}
            tables[name] = Table(table.counts[mask], columns)
        return PackedSamples(int(mask.sum()), tables, self.lacking)

    def refuse_lacking(self) -> None:
        """Raise a LandmarkError where some samples lack what others have."""
        for name, missing in self.lacking.items():
            raise LandmarkError(
                f'{missing} of {self.num_samples} samples have no {name!r} to evaluate with'
            )


def one_table(name: str, counts: Sequence[int], columns: Mapping[str, np.ndarray]) -> PackedSamples:
    """Samples with rows of one kind only."""
    return PackedSamples(len(counts), {name: Table(np.asarray(counts, np.int64), dict(columns))})


def total_lacking(parts: Sequence[PackedSamples]) -> dict[str, int]:
    """How many samples of all parts lack the columns that others have."""
    total = sum(part.num_samples for part in parts)
    owned = [[name for table in part.tables.values() for name in table.columns] for part in parts]
    found = {}
    for name in dict.fromkeys(
        name for own in (*owned, *(p.lacking for p in parts)) for name in own
    ):
        count = sum(
            0 if name in own else part.lacking.get(name, part.num_samples)
            for part, own in zip(parts, owned, strict=True)
        )
        if 0 < count < total:
            found[name] = count
    return found


def common_type(name: str, arrays: Iterable[np.ndarray]) -> tuple[np.dtype, tuple[int, ...]]:
    """The type that holds the values of all arrays, and the shape of their rows.

    Raises:
        LandmarkError: Rows of different shapes.
    """
    arrays = list(arrays)
    shapes = sorted({array.shape[1:] for array in arrays})
    if len(shapes) > 1:
        raise LandmarkError(
            f'{name} has shape {shapes[0]} in some samples and {shapes[1]} in others; expected the '
            'same keypoints in all samples of a data set'
        )
    return np.result_type(*(array.dtype for array in arrays)), shapes[0]


def texts(values: Iterable[str]) -> np.ndarray:
    """Texts as an array of bytes, (R,)."""
    encoded = [value.encode() for value in values]
    return np.array(encoded, dtype=f'S{max(map(len, encoded), default=1) or 1}')


def distinct(column: np.ndarray) -> dict[str, int]:
    """The texts of a column and how often each occurs, in the order of the first of each."""
    values, first, counts = np.unique(column, return_index=True, return_counts=True)
    order = np.argsort(first)
    return {values[i].decode(): int(counts[i]) for i in order}


def notes(values: Sequence[Any]) -> Table:
    """What each sample says in JSON, as bytes; a sample that has None says nothing."""
    encoded = [
        b'' if value is None else json.dumps(value, default=_plain).encode() for value in values
    ]
    text = np.frombuffer(b''.join(encoded), np.uint8)
    return Table(np.array([len(one) for one in encoded], np.int64), {'json': text})


def read_notes(table: Table) -> list[Any]:
    """The values of `notes`, as JSON has them: tuples are lists."""
    text, ends = table.columns['json'].tobytes(), np.cumsum(table.counts).tolist()
    starts = [0, *ends[:-1]]
    return [json.loads(text[a:b]) if b > a else None for a, b in zip(starts, ends, strict=True)]


def _plain(value: Any) -> Any:
    """Numbers and arrays of numpy, and texts as bytes, as JSON has them."""
    if isinstance(value, bytes):
        return value.decode()
    return value.tolist()
