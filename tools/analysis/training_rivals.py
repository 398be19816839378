"""A training that is asked what its steps cost, as a rival of others."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch.utils.flop_counter import FlopCounterMode
from training_cases import Way
from training_profile import Profile


class Round(NamedTuple):
    """What some steps cost: seconds of a step, and page faults of a step in the process."""

    seconds: float
    faults: float


class Trainee:
    """A training that is asked for rounds, in the process that it lives in.

    Args:
        make: Returns the training.
        threads: Of torch.
        clock: ``wall`` or ``process``.
    """

    def __init__(self, make: Callable[[], Way], threads: int, clock: str) -> None:
        torch.set_num_threads(threads)
        self.way = make()
        self.clock = time.process_time if clock == 'process' else time.perf_counter

    def round(self, steps: int, workers: int) -> Round:
        """Take steps; of a loader with so many workers, or -1: of a batch that is there."""
        batches = [self.way.batch() for _ in range(steps)] if workers < 0 else None
        faults, start = _faults(), self.clock()
        for batch in batches or self.way.loader(steps, workers):
            self.way.step(batch)
        return Round((self.clock() - start) / steps, (_faults() - faults) / steps)

    def profile(self) -> dict[str, float]:
        """Return the seconds of each part of a step with its loader, and of the whole."""
        parts = Profile(self.way, self.clock).of_step()
        return parts | {'whole': sum(parts.values())}

    def flops(self) -> float:
        """Return the floating-point operations of a step."""
        batch = self.way.batch()
        with FlopCounterMode(display=False) as counter:
            self.way.step(batch)
        return float(counter.get_total_flops())

    def peak_memory(self) -> float:
        """Return the most that the process has held so far, GB."""
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def _faults() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
