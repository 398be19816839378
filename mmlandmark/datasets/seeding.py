"""Sample numbers that carry a seed, so that augmentation does not hang on who loads them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


class SampleIndex(int):
    """The number of a sample and the seed of its augmentation.

    Attributes:
        seed: 0 to 2^32 - 1.
    """

    seed: int

    def __new__(cls, index: int, seed: int = 0) -> SampleIndex:
        """Return ``index`` with a seed."""
        self = super().__new__(cls, index)
        self.seed = seed
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        # data loaders send the numbers to their workers by pickle
        return SampleIndex, (int(self), self.seed)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed Python's, numpy's and torch's CPU random numbers inside the block, then restore them."""
    before = random.getstate(), np.random.get_state(), torch.default_generator.get_state()
    random.seed(seed)
    np.random.seed(seed)
    # torch.manual_seed would also queue a call for CUDA with every sample
    torch.default_generator.manual_seed(seed)
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])
        torch.default_generator.set_state(before[2])
