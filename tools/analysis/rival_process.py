"""Rivals of a benchmark in processes of their own, which take turns.

What one does to its process (memory that it keeps, how it counts small numbers) does not help the
other, and each has a peak memory of its own. Processes are forked from one that has imported
everything and computed nothing, and that has no threads they could miss.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

from mmlandmark.errors import LandmarkError

LIMIT = 600
"""Seconds that an answer may take."""


class Rival:
    """An object in a process of its own, whose methods are asked for; a context that ends with it.

    Args:
        make: Returns the object. It is called in the process, with the first question.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        context = multiprocessing.get_context('fork')
        self._here, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(self._here, there, make))

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
        """Return what a method of the object returns.

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


def _serve(here: Connection, there: Connection, make: Callable[[], Any]) -> None:
    here.close()  # or the end of the one who asks would go unnoticed
    made = None
    while True:
        try:
            what, args = there.recv()
        except EOFError:
            return
        try:
            made = made or make()
            there.send(getattr(made, what)(*args))
        except Exception as error:
            there.send(LandmarkError(f'{what}: {type(error).__name__}: {error}'))
