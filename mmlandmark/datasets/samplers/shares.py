"""How a batch and an epoch divide among data sets and processes; numpy only."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from mmlandmark.errors import LandmarkError, nearest

_BLOCK = 4096  # samples drawn at once, so that small data sets cost no loop over their cycles


def batch_counts(
    batch_size: int, shares: Mapping[str, float], sizes: Mapping[str, int]
) -> dict[str, int]:
    """Divide a batch by largest remainder.

    Args:
        batch_size: Samples of one batch of one process.
        shares: Data set -> its share, in any unit.
        sizes: Data set -> its number of samples.

    Returns:
        Data set -> samples of a batch, in the order of ``sizes``; they sum to ``batch_size``.

    Raises:
        LandmarkError: A share that is missing, unknown, not above zero or too small for one
            sample a batch; an empty data set; a batch size below one.
    """
    if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1:
        raise LandmarkError(f'batch_size is {batch_size!r}; expected a whole number of at least 1')
    _check_shares(shares, sizes)
    quotas = {name: batch_size * shares[name] / sum(shares.values()) for name in sizes}
    counts = {name: math.floor(quota + 1e-9) for name, quota in quotas.items()}
    by_remainder = sorted(sizes, key=lambda name: counts[name] - quotas[name])
    for name in by_remainder[: batch_size - sum(counts.values())]:
        counts[name] += 1
    for name, count in counts.items():
        if count == 0:
            raise LandmarkError(
                f'share {shares[name]:g} of data set {name!r} is {quotas[name]:.2f} samples of a '
                f'batch of {batch_size}, rounded to 0; expected at least 1: raise batch_size or '
                'the share'
            )
    return counts


def _check_shares(shares: Mapping[str, float], sizes: Mapping[str, int]) -> None:
    if not isinstance(shares, Mapping):
        raise LandmarkError(
            f'shares is {shares!r:.60}; expected dict({next(iter(sizes))}=..., ...)'
        )
    for name in shares:
        if name not in sizes:
            raise LandmarkError(
                f'shares: there is no data set {name!r}{nearest(name, sizes)}; there are '
                f'{", ".join(sizes)}'
            )
    for name, size in sizes.items():
        if name not in shares:
            raise LandmarkError(f'shares: data set {name!r} has none; expected one for every set')
        share = shares[name]
        number = isinstance(share, int | float) and not isinstance(share, bool)
        if not number or not math.isfinite(share) or share <= 0:
            raise LandmarkError(
                f'share of data set {name!r} is {share!r}; expected a number above 0: leave the '
                'data set out of the config if it is not to be used'
            )
        if size < 1:
            raise LandmarkError(f'data set {name!r} has no samples; expected at least 1')


@dataclass(frozen=True)
class EpochPlan:
    """Which samples each process takes in an epoch; the same in every process.

    Args:
        sizes: Data set -> its number of samples.
        counts: Data set -> its samples in a full batch of one process.
        world_size: Number of processes.

    Raises:
        LandmarkError: A process would have nothing in the last batch.
    """

    sizes: Mapping[str, int]
    counts: Mapping[str, int]
    world_size: int

    def __post_init__(self) -> None:
        if self.left_over and not self.tail.sum(axis=1).all():
            raise LandmarkError(
                f'the {self.sizes[self.largest]} samples of data set {self.largest!r} leave '
                f'{self.left_over} for the last batch of {self.world_size} processes; expected '
                'one for each: use another batch_size'
            )

    @property
    def largest(self) -> str:
        """The data set with the most samples; the first of them."""
        return max(self.sizes, key=self.sizes.__getitem__)

    @property
    def full_batches(self) -> int:
        """Batches that have all their samples."""
        return self.sizes[self.largest] // (self.world_size * self.counts[self.largest])

    @property
    def left_over(self) -> int:
        """Samples of the largest set that the full batches of all processes leave."""
        whole = self.full_batches * self.world_size * self.counts[self.largest]
        return self.sizes[self.largest] - whole

    @cached_property
    def tail(self) -> np.ndarray:
        """Samples of the last, shorter batch, (processes, data sets) int64; zeros without one."""
        rest, world = self.left_over, self.world_size
        tail = np.zeros((world, len(self.sizes)), dtype=np.int64)
        if not rest:
            return tail
        at = list(self.sizes).index(self.largest)
        of_largest = rest // world + (np.arange(world) < rest % world)
        count = np.array([self.counts[name] for name in self.sizes])
        tail[:] = -(-of_largest[:, None] * count // count[at])
        # a process must not stand idle where the others still take a step
        count[at] = 0
        if count.any():
            tail[of_largest == 0, np.argmax(count)] = 1
        return tail

    @cached_property
    def used(self) -> dict[str, int]:
        """Data set -> samples that an epoch takes from it over all processes."""
        whole = self.full_batches * self.world_size
        tail = self.tail.sum(axis=0).tolist()
        return {
            name: whole * self.counts[name] + rest
            for name, rest in zip(self.sizes, tail, strict=True)
        }

    def length(self, rank: int) -> int:
        """Samples of one process in an epoch."""
        return self.full_batches * sum(self.counts.values()) + int(self.tail[rank].sum())

    def indices(self, epoch: int, rank: int, seed: int) -> np.ndarray:
        """Return the samples of one process, (length,) int64, batch after batch.

        Numbers count through the data sets in their order, as in their concatenation.
        """
        batches, tails, start = [], [], 0
        for position, (name, size) in enumerate(self.sizes.items()):
            count, used = self.counts[name], self.used[name]
            taken = start + cycled(size, epoch * used, (epoch + 1) * used, seed, name)
            whole = self.full_batches * self.world_size * count
            shape = (self.full_batches, self.world_size, count)
            batches.append(taken[:whole].reshape(shape)[:, rank])
            ends = whole + np.cumsum(self.tail[:, position])
            tails.append(taken[ends[rank] - self.tail[rank, position] : ends[rank]])
            start += size
        return np.concatenate([np.concatenate(batches, axis=1).ravel(), *tails])


def cycled(size: int, start: int, stop: int, seed: int, name: Any) -> np.ndarray:
    """Return a piece of an endless row of fresh permutations of ``range(size)``.

    Args:
        size: Number of samples.
        start: First position of the piece.
        stop: Position after its last.
        seed: Another seed is another row.
        name: The same for another name.

    Returns:
        (stop - start,) int64; from each multiple of ``size`` on, ``size`` entries are a permutation
    """
    if stop <= start:
        return np.empty(0, dtype=np.int64)
    cycles = max(1, _BLOCK // size)
    first, last = start // (cycles * size), -(-stop // (cycles * size))
    key = [seed, zlib.crc32(str(name).encode())]
    blocks = [
        np.argsort(np.random.default_rng([*key, block]).random((cycles, size)), axis=1).ravel()
        for block in range(first, last)
    ]
    offset = first * cycles * size
    return np.concatenate(blocks)[start - offset : stop - offset]
