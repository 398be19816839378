"""Worker processes of a loader that is garbage in a reference cycle end only after five seconds.

Every runner of MMEngine is such a cycle. Python tells weak references to garbage before it calls
``__del__``, so the queues through which a loader would end its workers are closed by then: it waits
five seconds for each worker in vain, wherever the next training of the process happens to be.
"""

from __future__ import annotations

import functools
import gc
import weakref
from collections.abc import Callable
from typing import Any

from torch.utils.data import DataLoader

_STOCK = DataLoader._get_iterator


class _Loader:
    """Stands for an iterator over a loader; the part that it needs at its end is a queue."""

    def __init__(self, part: set[int], seen: list[bool]) -> None:
        self.itself, self.part, self.seen = self, part, seen

    def __del__(self) -> None:
        self.seen.append(False)


def _parts_of_a_cycle_are_closed_first() -> bool:
    seen: list[bool] = []
    part: set[int] = set()
    closing = weakref.finalize(part, seen.append, True)
    loader = _Loader(part, seen)
    del loader, part
    gc.collect(0)  # both are young
    closing.detach()
    return bool(seen) and seen[0]


def _nothing(*_: object) -> None:
    pass


def keep_queues(get_iterator: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Make iterators whose queues to their workers are no garbage before they are themselves."""

    @functools.wraps(get_iterator)
    def _get_iterator(self: Any) -> Any:
        iterator = get_iterator(self)
        queues = getattr(iterator, '_index_queues', ())
        # what a finalizer holds is reachable until its object is collected
        weakref.finalize(iterator, _nothing, *queues).atexit = False
        return iterator

    return _get_iterator


def fix_loader_workers() -> bool:
    """Let workers of every loader end at once; return whether Python closes their queues first."""
    if DataLoader._get_iterator is not _STOCK or not _parts_of_a_cycle_are_closed_first():
        return False
    DataLoader._get_iterator = keep_queues(_STOCK)
    return True
