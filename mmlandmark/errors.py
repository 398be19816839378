"""The one exception that tells a user what is wrong with their input."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


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
