"""Memory that is freed stays with the process: its pages are not asked for again."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
"""Names of options in glibc's malloc.h."""


def keep_memory() -> bool:
    """Let glibc's ``malloc`` keep what is freed, for this process and those it forks.

    By default glibc asks the operating system for each block of more than 128 KiB to 32 MiB and
    gives it back when it is freed. A network on a CPU frees all its feature maps, so that the next
    batch gets each page of them anew: one page fault and 4 KiB of zeros at a time. After this call
    blocks come from the heap, which does not shrink: the process keeps the most that it has held at
    one time, and what lies between blocks in use, until it ends. It cannot be taken back. Threads
    other than the main one go on asking for blocks of more than 64 MiB.

    Returns:
        Whether there is such a ``malloc``, and it does so.
    """
    mallopt = _mallopt()
    if mallopt is None:
        return False
    # no block from mmap, which is given back at once; -1: the end of the heap is never given back
    return bool(mallopt(M_MMAP_MAX, 0)) and bool(mallopt(M_TRIM_THRESHOLD, -1))


def _mallopt() -> Callable[[int, int], int] | None:
    """Return the function of that name where the C library of the process is glibc."""
    try:
        library = ctypes.CDLL(None)
        library.gnu_get_libc_version  # noqa: B018 - others may have a mallopt of other numbers
        return library.mallopt
    except (OSError, TypeError, AttributeError):  # TypeError: Windows has no CDLL(None)
        return None
