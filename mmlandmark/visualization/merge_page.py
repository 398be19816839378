"""A merge report as one HTML page, and its pictures as files."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from mmlandmark.annotations.writer import write_bytes
from mmlandmark.evaluation.functional.table import format_value
from mmlandmark.visualization.bias_figure import BiasPicture, bias_figure
from mmlandmark.visualization.report_style import STYLE

_COLORS = {
    'merge': '#d3f2e6',
    'merge with offset': '#fdeecb',
    'undecided': '#e7ebef',
    'keep apart': '#fbd9c6',
}
_GRID = """
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 16px; }
main { max-width: 1400px; }
table { font-size: 13px; }
th, td { padding: 5px 7px; white-space: nowrap; }
"""


def write_merge_page(
    path: str | os.PathLike,
    *,
    title: str,
    summary: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    notes: Sequence[str],
    pictures: Sequence[BiasPicture],
    recipe: str,
) -> None:
    """Write the page, whole or not at all; nothing is loaded from elsewhere.

    Args:
        path: The HTML file.
        title: Heading.
        summary: Lines under it, one for each verdict.
        rows: The table; the column ``verdict`` colours a row.
        notes: Under the table.
        pictures: One for each row.
        recipe: The recommended union, as it is to be shown.
    """
    lines = ''.join(f'<p class="verdict">{escape(line)}</p>' for line in summary)
    figures = ''.join(f'<figure>{bias_figure(picture)}</figure>' for picture in pictures)
    listed = ''.join(f'<li>{escape(note)}</li>' for note in notes)
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><style>{STYLE}{_GRID}</style></head><body><main>'
        f'<h1>{escape(title)}</h1>{lines}<h2>Keypoints</h2><div class="card">{_table(rows)}'
        f'<ul class="notes">{listed}</ul></div><h2>Differences in the frame of each instance</h2>'
        f'<div class="card grid">{figures}</div><h2>Recommended union</h2>'
        f'<div class="card"><pre>{escape(recipe)}</pre></div></main></body></html>\n'
    )
    write_bytes(path, page.encode())


def write_pictures(folder: str | os.PathLike, pictures: Sequence[BiasPicture]) -> None:
    """Write one SVG file for each picture into a folder that exists."""
    for picture in pictures:
        name = re.sub(r'[^\w+=-]+', '_', picture.title)
        write_bytes(Path(folder) / f'{name}.svg', bias_figure(picture).encode())


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    head = ''.join(f'<th>{escape(column)}</th>' for column in columns)
    body = []
    for row in rows:
        cells = ''.join(f'<td>{escape(format_value(row.get(c), 3))}</td>' for c in columns)
        color = _COLORS.get(str(row.get('verdict')), '#ffffff')
        body.append(f'<tr style="background:{color}">{cells}</tr>')
    return f'<table><thead><tr>{head}</tr></thead><tbody>{"".join(body)}</tbody></table>'
