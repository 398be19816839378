"""Bars and spinners of what takes longer, on the standard error of a terminal and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeVar

Item = TypeVar('Item')


def track(items: Iterable[Item], what: str, total: int | None = None) -> Iterable[Item]:
    """Return the same items; a bar counts them while they are taken, where a terminal shows it.

    Args:
        items: What is worked through.
        what: What the items are, such as ``pictures``.
        total: How many there are, where ``items`` cannot tell; without it the bar only counts.
    """
    from rich.console import Console

    console = Console(stderr=True)
    return _tracked(items, what, total, console) if console.is_terminal else items


def _tracked(items: Iterable[Item], what: str, total: int | None, console: Any) -> Iterator[Item]:
    if total is None and isinstance(items, Sized):
        total = len(items)
    with _bar(what, console) as progress:
        yield from progress.track(items, total=total, description=what)


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """Return a context that gives what to call with how many items are done, and how many are all.

    Args:
        what: What is done to the items, such as ``converting``.
    """
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda done, total: None
        return
    with _bar(what, console) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _bar(what: str, console: Any) -> Any:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True)


def waiting(what: str) -> AbstractContextManager:
    """Return a context in which a terminal shows a spinner and what is waited for."""
    from rich.console import Console

    console = Console(stderr=True)
    return console.status(what) if console.is_terminal else nullcontext()
