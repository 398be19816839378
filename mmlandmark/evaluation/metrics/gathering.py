"""Packed samples of all processes as one tensor, without pickles."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.dist import all_gather, get_world_size, is_main_process

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.metrics.packed_samples import (
    PackedSamples,
    Table,
    common_type,
    total_lacking,
)

_ALIGNED = 16
_LENGTH = np.dtype('<i8')


def gather_parts(packed: PackedSamples) -> list[PackedSamples] | None:
    """Collect what each process has packed.

    Args:
        packed: Of this process; it may have no samples.

    Returns:
        Those of all processes on the main process, None on others.
    """
    if get_world_size() == 1:
        return [packed]
    mine = torch.from_numpy(to_bytes(packed))
    lengths = torch.cat(all_gather(torch.tensor([len(mine)]))).tolist()
    sent = torch.zeros(max(lengths), dtype=torch.uint8)
    sent[: len(mine)] = mine
    del mine
    received = all_gather(sent)
    if not is_main_process():
        return None
    return [from_bytes(one.numpy()[:n]) for one, n in zip(received, lengths, strict=True)]


def to_bytes(packed: PackedSamples) -> np.ndarray:
    """Packed samples as uint8: a JSON header that says what the columns are, and the columns."""
    header: dict[str, Any] = dict(
        num=packed.num_samples, lacking=packed.lacking, refused=packed.refused, tables={}
    )
    blocks, end = [], 0
    for name, table in packed.tables.items():
        layout = header['tables'][name] = {}
        for key, column in {'': table.counts, **table.columns}.items():
            layout[key] = [column.dtype.str, column.shape, end]
            blocks.append((end, column))
            end += -(-column.nbytes // _ALIGNED) * _ALIGNED
    text = json.dumps(header).encode()
    start = _start(len(text))
    data = np.zeros(start + end, np.uint8)
    data[: _LENGTH.itemsize].view(_LENGTH)[0] = len(text)
    data[_LENGTH.itemsize : _LENGTH.itemsize + len(text)] = np.frombuffer(text, np.uint8)
    for offset, column in blocks:
        place = data[start + offset : start + offset + column.nbytes]
        place.view(column.dtype).reshape(column.shape)[...] = column
    return data


def from_bytes(data: np.ndarray) -> PackedSamples:
    """Packed samples of `to_bytes`; their columns are views of the data."""
    length = int(data[: _LENGTH.itemsize].view(_LENGTH)[0])
    header = json.loads(data[_LENGTH.itemsize : _LENGTH.itemsize + length].tobytes())
    start = _start(length)
    tables = {}
    for name, layout in header['tables'].items():
        columns = {}
        for key, (dtype, shape, offset) in layout.items():
            kind = np.dtype(dtype)
            nbytes = int(np.prod(shape)) * kind.itemsize
            block = data[start + offset : start + offset + nbytes]
            columns[key] = block.view(kind).reshape(shape)
        tables[name] = Table(columns.pop(''), columns)
    return PackedSamples(header['num'], tables, header['lacking'], header['refused'])


def in_turns(parts: Sequence[PackedSamples], size: int) -> PackedSamples:
    """The first sample of each part, then the second of each, and so on; ``size`` at most.

    MMEngine's samplers deal samples out to the processes in turns and repeat some at the end, so
    these are the samples of a data set of that size, in its order.

    Raises:
        LandmarkError: A process could not pack its samples, or they do not go together.
    """
    for part in parts:
        if part.refused:
            raise LandmarkError(part.refused)
    if len(parts) == 1:
        return parts[0].head(size)
    lacking = total_lacking(parts)
    places = places_in_turns([len(part) for part in parts])
    kept = [int((place < size).sum()) for place in places]
    parts = [part.head(count) for part, count in zip(parts, kept, strict=True)]
    places = [place[:count] for place, count in zip(places, kept, strict=True)]
    names = dict.fromkeys(name for part in parts for name in part.tables)
    total = sum(kept)
    tables = {}
    for name in names:
        some = [
            (part.tables[name], place)
            for part, place in zip(parts, places, strict=True)
            if name in part.tables
        ]
        tables[name] = _joined(some, total, lacking)
    return PackedSamples(total, tables, lacking)


def _joined(
    parts: Sequence[tuple[Table, np.ndarray]], total: int, lacking: dict[str, int]
) -> Table:
    """Rows of several parts, each of whose samples has its place among ``total``."""
    counts = np.zeros(total, np.int64)
    for table, place in parts:
        counts[place] = table.counts
    starts = np.cumsum(counts) - counts
    rows = [
        np.repeat(starts[place] - (np.cumsum(table.counts) - table.counts), table.counts)
        + np.arange(table.num_rows)
        for table, place in parts
    ]
    columns = {}
    for key in dict.fromkeys(key for table, _ in parts for key in table.columns):
        if key in lacking:
            continue
        some = [
            (t.columns[key], r) for (t, _), r in zip(parts, rows, strict=True) if key in t.columns
        ]
        dtype, shape = common_type(key, [values for values, _ in some])
        column = np.empty((int(counts.sum()), *shape), dtype)
        for values, place in some:
            column[place] = values
        columns[key] = column
    return Table(counts, columns)


def places_in_turns(counts: Sequence[int]) -> list[np.ndarray]:
    """The place of each sample of each process when they take turns."""
    return [
        sum(
            np.minimum(other, np.arange(count) + (index < rank))
            for index, other in enumerate(counts)
        )
        for rank, count in enumerate(counts)
    ]


def _start(length: int) -> int:
    """Where columns begin behind a header of ``length`` bytes."""
    return -(-(_LENGTH.itemsize + length) // _ALIGNED) * _ALIGNED
