"""Bars and spinners of what takes longer, on the standard error of a terminal and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from contextlib import AbstractContextManager, nullcontext
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
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    if total is None and isinstance(items, Sized):
        total = len(items)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield from progress.track(items, total=total, description=what)


def waiting(what: str) -> AbstractContextManager:
    """Return a context in which a terminal shows a spinner and what is waited for."""
    from rich.console import Console

    console = Console(stderr=True)
    return console.status(what) if console.is_terminal else nullcontext()
