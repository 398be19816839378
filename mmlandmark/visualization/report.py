"""A one-page HTML report of a comparison: one file, nothing loaded from elsewhere."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import cv2
import numpy as np

from mmlandmark.annotations.writer import write_bytes
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.table import format_value
from mmlandmark.visualization.keypoint_figure import (
    KeypointErrors,
    keypoint_figure,
    schema_figure,
)
from mmlandmark.visualization.report_style import STYLE

_PICTURE_WIDTH = 1160


@dataclass(frozen=True)
class ResultTable:
    """Rows of results.

    Args:
        rows: Column -> value, the first column names the row; None is shown as ``-``.
        best: Column -> ``min`` or ``max``, where the best figure is to stand out.
        notes: Sentences under the table: normaliser, exclusions, defeats.
    """

    rows: Sequence[Mapping[str, Any]]
    best: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Case:
    """A picture of one instance.

    Args:
        kind: Cases of one kind stand under one heading, such as ``worst``.
        caption: What it shows.
        picture: (H, W, 3) uint8 BGR.
    """

    kind: str
    caption: str
    picture: np.ndarray


def write_report(
    path: str | os.PathLike,
    *,
    title: str,
    verdict: str,
    table: ResultTable,
    keypoints: KeypointErrors | None = None,
    cases: Sequence[Case] = (),
    facts: Mapping[str, Mapping[str, str] | str] | None = None,
) -> None:
    """Write a report; an old one is replaced, whole or not at all.

    Args:
        path: The HTML file.
        title: Heading of the page.
        verdict: What came out, in words.
        table: The results.
        keypoints: Errors of every keypoint, drawn on the schema and listed.
        cases: Pictures, in the order in which they are to stand.
        facts: Heading -> name and value pairs, or a text that is shown as it is, such as
            commands.

    Raises:
        LandmarkError: A picture cannot be encoded, or the disk refuses.
    """
    parts = [f'<h1>{escape(title)}</h1>', f'<p class="verdict">{escape(verdict)}</p>']
    parts += ['<h2>Results</h2>', _table(table)]
    if keypoints is not None:
        parts += _keypoint_section(keypoints)
    parts += _case_section(cases)
    for heading, content in (facts or {}).items():
        parts += [f'<h2>{escape(heading)}</h2>', _facts(content)]
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><style>{STYLE}</style></head>'
        f'<body><main>{"".join(parts)}</main></body></html>\n'
    )
    write_bytes(path, page.encode())


def _table(table: ResultTable) -> str:
    columns = list(dict.fromkeys(column for row in table.rows for column in row))
    numeric = {c for c in columns if any(_is_number(row.get(c)) for row in table.rows)}
    head = ''.join(f'<th{_class("number", c in numeric)}>{escape(c)}</th>' for c in columns)
    body = []
    for row in table.rows:
        cells = []
        for column in columns:
            best = column in table.best and row.get(column) == _best(table, column)
            kinds = ' '.join(k for k, on in (('number', column in numeric), ('best', best)) if on)
            text = format_value(row.get(column), 4)
            cells.append(f'<td{_class(kinds, bool(kinds))}>{escape(text)}</td>')
        body.append(f'<tr>{"".join(cells)}</tr>')
    notes = ''.join(f'<li>{escape(note)}</li>' for note in table.notes)
    listed = f'<ul class="notes">{notes}</ul>' if notes else ''
    return (
        f'<div class="card"><table><thead><tr>{head}</tr></thead>'
        f'<tbody>{"".join(body)}</tbody></table>{listed}</div>'
    )


def _best(table: ResultTable, column: str) -> float | None:
    values = [row[column] for row in table.rows if _is_number(row.get(column))]
    return {'min': min, 'max': max}[table.best[column]](values, default=None)


def _keypoint_section(errors: KeypointErrors) -> list[str]:
    figures = ''.join(
        f'<figure><h3>{escape(method)}</h3>{schema_figure(errors, method)}</figure>'
        for method in errors.methods
    )
    return [
        '<h2>Error of each keypoint</h2>',
        f'<div class="card"><p>Mean {escape(errors.unit)}; larger and darker is worse. The points '
        f'lie at their median places in the test part ({escape(errors.schema.name)}).</p>'
        f'<div class="row">{figures}</div></div><p></p>',
        f'<div class="card">{keypoint_figure(errors)}</div>',
    ]


def _case_section(cases: Sequence[Case]) -> list[str]:
    parts = ['<h2>Cases</h2>'] if cases else []
    for kind in dict.fromkeys(case.kind for case in cases):
        figures = [
            f'<figure><img alt="{escape(case.caption)}" src="{_data_uri(case)}">'
            f'<figcaption>{escape(case.caption)}</figcaption></figure>'
            for case in cases
            if case.kind == kind
        ]
        parts.append(f'<h3>{escape(kind)}</h3><div class="card">{"".join(figures)}</div>')
    return parts


def _data_uri(case: Case) -> str:
    picture = case.picture
    scale = _PICTURE_WIDTH / picture.shape[1]
    if scale < 1:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    done, content = cv2.imencode('.jpg', picture, [cv2.IMWRITE_JPEG_QUALITY, 86])
    if not done:
        raise LandmarkError(f'case {case.caption!r}: the picture cannot be encoded')
    return 'data:image/jpeg;base64,' + base64.b64encode(content.tobytes()).decode('ascii')


def _facts(content: Mapping[str, str] | str) -> str:
    if isinstance(content, str):
        return f'<div class="card"><pre>{escape(content)}</pre></div>'
    pairs = ''.join(
        f'<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>' for name, value in content.items()
    )
    return f'<div class="card"><dl>{pairs}</dl></div>'


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _class(name: str, wanted: bool) -> str:
    return f' class="{name}"' if wanted else ''
