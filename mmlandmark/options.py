"""Whole numbers of a command line, refused where they are read and not after the work."""

from __future__ import annotations

import argparse
from collections.abc import Callable


def at_least(least: int) -> Callable[[str], int]:
    """Return the ``type`` of an option that takes a whole number.

    Args:
        least: The smallest number that means something.
    """

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if number < least:
            raise argparse.ArgumentTypeError(
                f'expected a whole number of at least {least}, got {text!r}'
            )
        return number

    return read


#: The ``type`` of an option that says how many.
count = at_least(1)
