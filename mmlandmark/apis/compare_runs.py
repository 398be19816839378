"""Several runs in one table of models, data sets and metrics, with deltas against one of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from mmlandmark.apis.run_metrics import Key, RunMetrics
from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.evaluation.functional.direction import higher_is_better
from mmlandmark.evaluation.functional.run_comparison import (
    ComparedFigure,
    RunComparison,
    format_delta,
)
from mmlandmark.evaluation.functional.table import EMPTY, render_table

#: Figures as close as this, relatively, are the same.
ROUNDING = 1e-6
BETTER, WORSE, SAME, UNKNOWN = 'better', 'worse', 'same', '?'
DIRECTIONS = {True: 'higher', False: 'lower', None: UNKNOWN}


def compare_runs(
    runs: Sequence[RunMetrics], base: str | None = None, only: Sequence[str] = ()
) -> RunComparison:
    """Put runs beside each other.

    Args:
        runs: At least one.
        base: Name of the base run; the first by default.
        only: Patterns of ``DATASET/METRIC`` such as ``coco/AP*``; none: everything.

    Raises:
        LandmarkError: No runs, no such base, or patterns that match nothing.
    """
    if not runs:
        raise LandmarkError('there are no runs to compare')
    names = tuple(run.name for run in runs)
    base = names[0] if base is None else base
    if base not in names:
        raise LandmarkError(f'base {base!r} is no run{nearest(base, names)}: {", ".join(names)}')
    keys = _ordered_keys(runs, only)
    if not keys:
        raise LandmarkError(f'no figure of these runs matches {", ".join(only)}')
    figures = tuple(_figure(key, runs, names.index(base)) for key in keys)
    return RunComparison(names, base, figures, _notes(runs, base, figures))


def render_runs(comparison: RunComparison, style: str = 'text') -> str:
    """Render the comparison; a missing figure is shown as ``-`` and left empty in CSV.

    Args:
        comparison: The comparison.
        style: ``text``, ``markdown``, ``csv`` or ``html`` (a page of its own). CSV holds the
            table alone, with whole numbers and the verdicts in columns of their own.

    Raises:
        LandmarkError: Unknown style.
    """
    if style == 'html':
        from mmlandmark.visualization.runs_page import runs_page

        return runs_page(comparison)
    rows = [_row(comparison, figure, style) for figure in comparison.figures]
    table = render_table(rows, style=style)
    if style == 'csv':
        return table
    bullet = '- ' if style == 'markdown' else ''
    notes = '\n'.join(f'{bullet}{note}' for note in comparison.notes)
    return f'{table}\n\n{notes}' if style == 'markdown' else f'{table}\n{notes}'


def _ordered_keys(runs: Sequence[RunMetrics], only: Sequence[str]) -> list[Key]:
    """All keys, the metrics of one data set together, in the order in which they first come."""
    keys = dict.fromkeys(key for run in runs for key in run.figures)
    if only:
        keys = dict.fromkeys(k for k in keys if _matches(k, only))
    datasets = list(dict.fromkeys(dataset for dataset, _ in keys))
    return sorted(keys, key=lambda key: datasets.index(key[0]))


def _matches(key: Key, only: Sequence[str]) -> bool:
    return any(fnmatchcase('/'.join(filter(None, key)), pattern) for pattern in only)


def _figure(key: Key, runs: Sequence[RunMetrics], base: int) -> ComparedFigure:
    larger = higher_is_better(key[1])
    values = tuple(run.figures.get(key) for run in runs)
    deltas = tuple(
        None if number == base or None in (value, values[base]) else value - values[base]
        for number, value in enumerate(values)
    )
    verdicts = tuple(
        None if delta is None else _verdict(value, values[base], larger)
        for value, delta in zip(values, deltas, strict=True)
    )
    return ComparedFigure(*key, larger, values, deltas, verdicts)


def _verdict(value: float, base: float, larger: bool | None) -> str:
    if math.isclose(value, base, rel_tol=ROUNDING):
        return SAME
    if larger is None:
        return UNKNOWN
    return BETTER if (value > base) == larger else WORSE


def _row(comparison: RunComparison, figure: ComparedFigure, style: str) -> dict[str, Any]:
    row: dict[str, Any] = {'data set': figure.dataset or EMPTY, 'metric': figure.metric}
    row['better'] = DIRECTIONS[figure.higher_is_better]
    columns = zip(comparison.runs, figure.values, figure.deltas, figure.verdicts, strict=True)
    for name, value, delta, verdict in columns:
        row[name] = value
        if name == comparison.base:
            continue
        if style == 'csv':
            row[f'{name} - {comparison.base}'], row[f'{name} verdict'] = delta, verdict
        else:
            shown = EMPTY if delta is None else f'{format_delta(delta)} {verdict}'
            row[f'{name} - {comparison.base}'] = shown
    return row


def _notes(
    runs: Sequence[RunMetrics], base: str, figures: Sequence[ComparedFigure]
) -> tuple[str, ...]:
    notes = [f'base: {base}'] if len(runs) > 1 else []
    for number, run in enumerate(runs):
        verdicts = [figure.verdicts[number] for figure in figures]
        missing = sum(figure.values[number] is None for figure in figures)
        counts = [f'{verdicts.count(v)} {v}' for v in (BETTER, WORSE, SAME) if v in verdicts]
        counts += [f'{verdicts.count(UNKNOWN)} of unknown direction'] if UNKNOWN in verdicts else []
        counts += [f'{missing} missing'] if missing else []
        if counts:
            notes.append(f'{run.name}: {", ".join(counts)} of {len(figures)} figures')
    return (*notes, *(note for run in runs for note in run.notes))
