"""The place for a report, looked at before any work is spent on it."""

from __future__ import annotations

import os
from pathlib import Path

from mmlandmark.annotations.writer import check_output
from mmlandmark.errors import LandmarkError

CASES = 3
"""Pictures of each kind (worst, median, best) in a report by default."""


def check_report(path: str | os.PathLike, *, overwrite: bool = False, cases: int = CASES) -> Path:
    """Return the path of a report to be written.

    Raises:
        LandmarkError: It exists and may not be overwritten, its folder cannot be written to, its
            name does not end in .html, or it is to show fewer than no ``cases``.
    """
    if cases < 0:
        raise LandmarkError(f'cases is {cases}; expected at least 0')
    if Path(path).suffix.lower() not in ('.html', '.htm'):
        raise LandmarkError(f'{path}: expected a file name that ends in .html')
    return check_output(path, overwrite=overwrite)
