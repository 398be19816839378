"""Garbage collection held off while millions of small objects are made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused_gc() -> Iterator[None]:
    """Switch the cyclic garbage collector off inside the block, and back on if it was on.

    A parsed annotation file is a tree without cycles; walking it again and again while it grows
    more than doubles the reading time of a large file.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if not gc.get_freeze_count():
                # Declares the new objects old, so that the next collection does not walk them all.
                gc.freeze()
                gc.unfreeze()
            gc.enable()
