"""Training, validation and test parts by group, the same whatever the order of the file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mmlandmark.errors import LandmarkError, nearest

PARTS = ('train', 'val', 'test')


def split_groups(
    groups: Sequence[Any],
    ratios: Mapping[str, float],
    seed: int = 0,
    names: Sequence[str] = PARTS,
) -> dict[str, np.ndarray]:
    """Split entries so that no group is in two parts.

    The groups are ranked by a hash of their value and the seed and cut where the ratios are
    reached, so the order of the entries has no influence.

    Args:
        groups: The group of each entry: a number or a text, such as an image id or a person.
        ratios: Part -> its share of the entries; they sum to one.
        seed: Another seed is another split.
        names: The parts that there may be, in the order in which they are cut.

    Returns:
        Part -> (n,) int64 ascending positions in ``groups``; together every entry once.

    Raises:
        LandmarkError: Unknown part, ratios that do not sum to one, or a part that stays empty.
    """
    _check_ratios(ratios, names)
    values, member = _unique(groups)
    sizes = np.bincount(member, minlength=len(values))
    rank = sorted(range(len(values)), key=lambda index: _hash(values[index], seed))
    # A group belongs where its middle falls on the line of all entries, 0 to 1.
    ends = np.cumsum(sizes[rank])
    middle = (ends - sizes[rank] / 2) / max(len(member), 1)
    parts = [part for part in names if part in ratios]
    limits = np.cumsum([ratios[part] for part in parts])[:-1]
    part_of_group = np.empty(len(values), dtype=np.int64)
    part_of_group[rank] = np.searchsorted(limits, middle, side='right')
    part_of_entry = part_of_group[member] if len(member) else np.empty(0, dtype=np.int64)
    result = {part: np.flatnonzero(part_of_entry == i) for i, part in enumerate(parts)}
    for part, entries in result.items():
        if not len(entries):
            raise LandmarkError(
                f'part {part!r} of the split is empty: {len(values)} groups at ratio '
                f'{ratios[part]:g}; expected at least one group in every part'
            )
    return result


def _check_ratios(ratios: Mapping[str, float], names: Sequence[str]) -> None:
    for part, ratio in ratios.items():
        if part not in names:
            raise LandmarkError(f'unknown part {part!r} of a split{nearest(part, names)}')
        if not 0 < ratio <= 1:
            raise LandmarkError(f'ratio of part {part!r} is {ratio!r}; expected above 0, at most 1')
    if abs(sum(ratios.values()) - 1) > 1e-6:
        raise LandmarkError(f'ratios {dict(ratios)} sum to {sum(ratios.values()):g}; expected 1')


def _unique(groups: Sequence[Any]) -> tuple[list[Any], np.ndarray]:
    index: dict[Any, int] = {}
    member = [index.setdefault(group, len(index)) for group in groups]
    return list(index), np.array(member, dtype=np.int64)


def _hash(value: Any, seed: int) -> bytes:
    return hashlib.blake2b(f'{seed}:{value}'.encode(), digest_size=16).digest()
