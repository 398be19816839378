"""Tables of results as plain text, Markdown or CSV, from a list of rows."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mmlandmark.errors import LandmarkError, nearest

EMPTY = '-'


def render_table(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str] | None = None,
    *,
    style: str = 'text',
    digits: int = 4,
) -> str:
    """Render rows as a table.

    Args:
        rows: One mapping per row, column -> value. A missing value, None or NaN is shown as ``-``
            (empty in CSV).
        columns: Columns in order; by default all, in the order in which they first appear.
        style: ``text`` (aligned, for a terminal), ``markdown`` or ``csv``.
        digits: Significant digits of floats; CSV keeps them whole.

    Returns:
        The table, lines separated by newlines, without a newline at the end.

    Raises:
        LandmarkError: Unknown style.
    """
    renderers: dict[str, Callable[..., str]] = {
        'text': _text,
        'markdown': _markdown,
        'csv': _csv,
    }
    if style not in renderers:
        known = ', '.join(renderers)
        raise LandmarkError(f'unknown table style {style!r}{nearest(style, renderers)}: {known}')
    columns = list(columns or dict.fromkeys(key for row in rows for key in row))
    values = [[row.get(column) for column in columns] for row in rows]
    if style == 'csv':
        return _csv(columns, values)
    cells = [[format_value(value, digits) for value in row] for row in values]
    numeric = [any(_is_number(row[i]) for row in values) for i in range(len(columns))]
    return renderers[style](columns, cells, numeric)


def format_value(value: Any, digits: int = 4) -> str:
    """A cell's text: floats with ``digits`` significant digits, ``-`` for None and NaN."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return EMPTY
    if isinstance(value, float) and math.isinf(value):
        return str(value)
    if isinstance(value, float):
        decimals = digits - 1 - math.floor(math.log10(abs(value))) if value else digits - 1
        return f'{value:.{min(max(decimals, 0), digits)}f}'
    return str(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _text(columns: Sequence[str], cells: list[list[str]], numeric: list[bool]) -> str:
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    lines = [_pad(columns, widths, numeric), '  '.join('-' * width for width in widths)]
    lines += [_pad(row, widths, numeric) for row in cells]
    return '\n'.join(line.rstrip() for line in lines)


def _pad(row: Sequence[str], widths: list[int], numeric: list[bool]) -> str:
    return '  '.join(
        cell.rjust(width) if right else cell.ljust(width)
        for cell, width, right in zip(row, widths, numeric, strict=True)
    )


def _markdown(columns: Sequence[str], cells: list[list[str]], numeric: list[bool]) -> str:
    def line(row: Sequence[str]) -> str:
        return '| ' + ' | '.join(cell.replace('|', '\\|') for cell in row) + ' |'

    rule = '| ' + ' | '.join('---:' if right else '---' for right in numeric) + ' |'
    return '\n'.join([line(columns), rule, *map(line, cells)])


def _csv(columns: Sequence[str], values: list[list[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator='\n')
    writer.writerow(columns)
    writer.writerows([['' if format_value(v) == EMPTY else v for v in row] for row in values])
    return out.getvalue().removesuffix('\n')
