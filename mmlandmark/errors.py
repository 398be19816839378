"""The one exception that tells a user what is wrong with their input."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Iterable


class LandmarkError(ValueError):
    """Bad input, said in one line: the file, the entry, the keypoint, and what was expected."""


def nearest(name: str, candidates: Iterable[str]) -> str:
    """Return `` (did you mean 'x'?)`` for the closest candidate, or an empty string.

    Args:
        name: The unknown name.
        candidates: The names that exist.
    """
    matches = difflib.get_close_matches(str(name), [str(c) for c in candidates], n=1, cutoff=0.5)
    return f' (did you mean {matches[0]!r}?)' if matches else ''


def exit_status(work: Callable[[], None], *, debug: bool = False) -> int:
    """Do the work of a tool and tell a user's error in one line.

    Args:
        work: The work.
        debug: Let errors through, with their traceback.

    Returns:
        0, or 2 after a `LandmarkError`.
    """
    try:
        work()
    except LandmarkError as error:
        if debug:
            raise
        print(f'error: {error}', file=sys.stderr)
        return 2
    return 0
