"""Figures of several runs beside each other, and how their differences are written."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mmlandmark.evaluation.functional.table import EMPTY


@dataclass(frozen=True)
class ComparedFigure:
    """One metric on one data set, over the runs.

    Attributes:
        dataset: Name of the data set, empty if none is named.
        metric: Name of the metric.
        higher_is_better: None: not known.
        values: One per run, None where the run has none.
        deltas: Run minus base, one per run; None for the base and where one of them is missing.
        verdicts: ``better``, ``worse`` or ``same``, ``?`` where the direction is not known; None
            where there is no delta.
    """

    dataset: str
    metric: str
    higher_is_better: bool | None
    values: tuple[float | None, ...]
    deltas: tuple[float | None, ...]
    verdicts: tuple[str | None, ...]


@dataclass(frozen=True)
class RunComparison:
    """Runs beside each other.

    Attributes:
        runs: Names, in order.
        base: The one that the others are compared with.
        figures: One per data set and metric.
        notes: Sentences for below the table.
    """

    runs: tuple[str, ...]
    base: str
    figures: tuple[ComparedFigure, ...]
    notes: tuple[str, ...]


def format_delta(delta: float | None) -> str:
    """A delta with its sign and three significant digits, ``-`` where there is none."""
    if delta is None:
        return EMPTY
    if not delta:
        return '0'
    decimals = 2 - math.floor(math.log10(abs(delta)))
    return f'{delta:+.{min(max(decimals, 0), 6)}f}'
