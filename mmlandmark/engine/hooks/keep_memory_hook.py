"""Memory that a step has freed is there for the next one, without the operating system."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner
from mmpose.registry import HOOKS

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
"""Names of options in glibc's malloc.h."""


@HOOKS.register_module()
class KeepMemoryHook(Hook):
    """Lets glibc's ``malloc`` keep large blocks that are freed.

    By default glibc asks the operating system for each block of more than 128 KiB to 32 MiB and
    gives it back when it is freed. A step on a CPU frees all its feature maps, so the next step
    gets each page of them anew: one page fault and 4 KiB of zeros at a time. With this hook blocks
    come from the heap, which does not shrink.

    What it costs: the process keeps the most that it has held at one time, and what lies between
    blocks in use, until it ends. This includes loader processes, which inherit it. It acts before
    training, validation and testing, and cannot be taken back. A GPU's memory has nothing to do
    with it. Without glibc it changes nothing, and says so in the log.
    """

    priority = 'VERY_HIGH'

    def before_run(self, runner: Runner) -> None:
        """Set the options of the process."""
        if not keep_memory():
            print_log(
                'KeepMemoryHook changes nothing here: this process has no malloc of glibc',
                logger='current',
            )


def keep_memory() -> bool:
    """Let glibc's ``malloc`` keep what is freed, for this process and those it forks.

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
