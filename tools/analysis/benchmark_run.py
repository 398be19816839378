"""What the benchmarks share: rows with their goals, the machine, and the end of every run."""

from __future__ import annotations

import argparse
import os
import platform
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import orjson
import torch

from mmlandmark.annotations.writer import check_output, write_json
from mmlandmark.errors import exit_status
from mmlandmark.evaluation.functional import render_table

Row = dict[str, Any]


def compared(
    what: str,
    ours: Sequence[float],
    plain: Sequence[float],
    *,
    least: float | None = None,
    most: float | None = None,
) -> Row:
    """Return a row: medians of seconds, and the ratio of each round with its spread.

    Args:
        what: What was measured.
        ours: Seconds of each round.
        plain: The plain way's.
        least: Goal of plain / ours, if any, or
        most: goal of ours / plain, which is then shown instead.
    """
    ratios = [a / b if most else b / a for a, b in zip(ours, plain, strict=True)]
    row = {'what': what, 'ours (s)': statistics.median(ours), 'plain (s)': statistics.median(plain)}
    return row | _judged('ratio', ratios, least, most)


def within(what: str, seconds: Sequence[float], *, most: float) -> Row:
    """Return the row of a way that stands alone, with its goal in seconds."""
    return {'what': what, 'ours (s)': statistics.median(seconds)} | _judged(
        'seconds', seconds, None, most
    )


def _judged(unit: str, values: Sequence[float], least: float | None, most: float | None) -> Row:
    middle = statistics.median(values)
    row = {'value': middle, 'from': min(values), 'to': max(values), 'unit': unit}
    if least is not None:
        return row | {'goal': f'>= {least:g}', 'reached': 'yes' if middle >= least else 'no'}
    if most is not None:
        return row | {'goal': f'<= {most:g}', 'reached': 'yes' if middle <= most else 'no'}
    return row


def by_process(args: argparse.Namespace) -> bool:
    """Whether the process's own seconds say how long something takes."""
    return args.device == 'cpu' and args.threads == 1


def machine() -> dict[str, Any]:
    """Return what the figures depend on."""
    return {
        'cores': len(os.sched_getaffinity(0))
        if hasattr(os, 'sched_getaffinity')
        else os.cpu_count(),
        'load': [round(value, 1) for value in os.getloadavg()],
        'platform': platform.platform(),
        'python': platform.python_version(),
        'torch': torch.__version__,
        'torch threads': torch.get_num_threads(),
        'numpy': np.__version__,
        'orjson': orjson.__version__,
    }


def run_benchmark(
    args: argparse.Namespace,
    measure: Callable[[], list[Row] | Mapping[str, list[Row]]],
    told: str,
) -> int:
    """Measure, print the machine and the tables, and write all of it where ``args.out`` says.

    Args:
        args: The options, with ``out`` and ``overwrite``.
        measure: Returns the rows of one table, or of several by name.
        told: What the figures are, for above the tables.

    Returns:
        The exit status: 0, or 2 after a user's error, which is told in one line.
    """

    def run() -> None:
        if args.out:
            check_output(args.out, overwrite=args.overwrite)
        results = measure()
        host = machine()
        print(', '.join(f'{name} {value}' for name, value in host.items()))
        print(told)
        for rows in results.values() if isinstance(results, Mapping) else [results]:
            print(render_table(rows, digits=3))
        if args.out:
            content = dict(machine=host, options=vars(args), results=results)
            write_json(args.out, content, overwrite=args.overwrite)

    return exit_status(run)
