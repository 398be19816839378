"""Rivals of a benchmark in processes of their own, which take turns.

What one does to its process (memory that it keeps, how it counts small numbers) does not help the
other, and each has a peak memory of its own. Processes are forked from one that has imported
everything and computed nothing, and that has no threads they could miss.
"""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, NamedTuple

import torch
from torch.utils.flop_counter import FlopCounterMode
from training_cases import Way
from training_profile import Profile

from mmlandmark.errors import LandmarkError

LIMIT = 600
"""Seconds that an answer may take."""


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


class Rival:
    """A ``Trainee`` in a process of its own; a context that ends with it.

    Args:
        make: Returns its training.
        threads: Of torch there.
        clock: ``wall`` or ``process``.
    """

    def __init__(self, make: Callable[[], Way], threads: int, clock: str) -> None:
        context = multiprocessing.get_context('fork')
        self._here, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(there, make, threads, clock))

    def __enter__(self) -> Rival:
        """Start the process."""
        self._process.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        self._process.kill()
        self._process.join()

    def ask(self, what: str, *args: Any) -> Any:
        """Return what a method of the ``Trainee`` returns.

        Raises:
            LandmarkError: The process has failed, or not answered in time.
        """
        try:
            self._here.send((what, args))
            if not self._here.poll(LIMIT):
                raise LandmarkError(f'{what}: no answer within {LIMIT} s')
            answer = self._here.recv()
        except (OSError, EOFError):
            self._process.join()
            code = self._process.exitcode
            raise LandmarkError(f'{what}: the process has ended with status {code}') from None
        if isinstance(answer, LandmarkError):
            raise answer
        return answer


def _serve(there: Connection, make: Callable[[], Way], threads: int, clock: str) -> None:
    trainee = None
    while True:
        what, args = there.recv()
        try:
            trainee = trainee or Trainee(make, threads, clock)
            there.send(getattr(trainee, what)(*args))
        except Exception as error:
            there.send(LandmarkError(f'{what}: {type(error).__name__}: {error}'))


def _faults() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
