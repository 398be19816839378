"""An error of one process that all have to be told."""

from __future__ import annotations

import logging
from collections.abc import Callable

from mmengine.dist import get_rank, get_world_size
from mmengine.logging import print_log

from mmlandmark.errors import LandmarkError


class HeldError:
    """Keeps the first error of this process until the processes meet.

    Were it raised before, the others would wait for this process for ever. A process alone raises
    at once.
    """

    def __init__(self) -> None:
        self._error: Exception | None = None

    def attempt(self, work: Callable[[], None]) -> None:
        """Do some work, unless some has failed before; the log says at once what fails."""
        if self._error is not None:
            return
        try:
            work()
        except Exception as error:
            if get_world_size() == 1:
                raise
            self._error = error
            print_log(
                f'process {get_rank()}: {said(error)}: the evaluation goes on to its end, where '
                'all processes stop',
                logger='current',
                level=logging.ERROR,
            )

    def take(self) -> Exception | None:
        """Return the error, if there is one, and forget it."""
        error, self._error = self._error, None
        return error


def said(error: Exception | None) -> str:
    """What an error says in one line; nothing without one."""
    if error is None or isinstance(error, LandmarkError):
        return str(error or '')
    return f'{type(error).__name__}: {error}'
