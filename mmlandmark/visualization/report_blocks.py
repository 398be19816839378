"""The parts of a report as HTML; every text is escaped here, nothing is loaded from elsewhere."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import cv2
import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.table import format_value
from mmlandmark.visualization.keypoint_figure import (
    KeypointErrors,
    keypoint_columns,
    schema_figure,
)

PICTURE_WIDTH = 1160
PICTURE_BYTES = 160_000
_QUALITIES = (86, 74, 60, 45)
_MANY = 150  # keypoints whose list is folded


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


def table_block(table: ResultTable) -> str:
    """Return a card with a table and its notes."""
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
    return (
        f'<div class="card"><table><thead><tr>{head}</tr></thead>'
        f'<tbody>{"".join(body)}</tbody></table>{notes_list(table.notes)}</div>'
    )


def notes_list(notes: Sequence[str]) -> str:
    """Return a list of sentences; nothing where there are none."""
    listed = ''.join(f'<li>{escape(note)}</li>' for note in notes)
    return f'<ul class="notes">{listed}</ul>' if listed else ''


def paragraph(text: str) -> str:
    """Return a text between other blocks."""
    return f'<p>{escape(text)}</p>'


def figures_block(figures: Mapping[str, str]) -> str:
    """Return a card with SVG drawings side by side.

    Args:
        figures: Heading -> SVG.
    """
    drawn = ''.join(
        f'<figure><h3>{escape(heading)}</h3>{svg}</figure>' for heading, svg in figures.items()
    )
    return f'<div class="card"><div class="row wide">{drawn}</div></div>'


def number_switch() -> str:
    """Return a switch that shows the numbers of keypoints in all drawings behind it."""
    return (
        '<input type="checkbox" id="keypoint-numbers">'
        '<label for="keypoint-numbers">numbers of the keypoints in the drawings</label>'
    )


def keypoint_blocks(errors: KeypointErrors, note: str) -> str:
    """Return the errors of keypoints: drawn on the schema, then one by one.

    Args:
        errors: By method.
        note: What the drawing shows.
    """
    columns = [f'<figure>{svg}</figure>' for svg in keypoint_columns(errors)]
    if errors.schema.num_keypoints > _MANY:
        listed = ''.join(columns)
        text = f'all {errors.schema.num_keypoints} keypoints, one by one'
        columns = [folded(text, f'<div class="row columns">{listed}</div>')]
    headed = len(errors.methods) > 1
    drawn = [
        f'<figure>{f"<h3>{escape(method)}</h3>" if headed else ""}'
        f'{schema_figure(errors, method)}</figure>'
        for method in errors.methods
    ]
    rows = [drawn, columns] if headed else [drawn + columns]
    body = ''.join(f'<div class="row columns">{"".join(row)}</div>' for row in rows)
    return f'<div class="card"><p>{escape(note)}</p>{body}</div>'


def case_blocks(cases: Sequence[Case]) -> str:
    """Return the pictures under a heading for each kind.

    Raises:
        LandmarkError: A picture cannot be encoded.
    """
    parts = []
    for kind in dict.fromkeys(case.kind for case in cases):
        figures = [
            f'<figure class="case"><img alt="{escape(case.caption)}" src="{_data_uri(case)}">'
            f'<figcaption>{escape(case.caption)}</figcaption></figure>'
            for case in cases
            if case.kind == kind
        ]
        parts.append(f'<h3>{escape(kind)}</h3><div class="card">{"".join(figures)}</div>')
    return ''.join(parts)


def facts_block(content: Mapping[str, str] | str) -> str:
    """Return names with values, or a text as it is, such as a command."""
    if isinstance(content, str):
        return f'<div class="card"><pre>{escape(content)}</pre></div>'
    pairs = ''.join(
        f'<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>' for name, value in content.items()
    )
    return f'<div class="card"><dl>{pairs}</dl></div>'


def folded(summary: str, block: str) -> str:
    """Return a block that is shown on demand."""
    return f'<details><summary>{escape(summary)}</summary>{block}</details>'


def _best(table: ResultTable, column: str) -> float | None:
    values = [row[column] for row in table.rows if _is_number(row.get(column))]
    return {'min': min, 'max': max}[table.best[column]](values, default=None)


def _data_uri(case: Case) -> str:
    picture = case.picture
    scale = PICTURE_WIDTH / picture.shape[1]
    if scale < 1:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return 'data:image/jpeg;base64,' + base64.b64encode(_bounded_jpeg(case, picture)).decode()


def _bounded_jpeg(case: Case, picture: np.ndarray) -> bytes:
    """At the best quality that keeps within the bytes, smaller where none does."""
    while True:
        for quality in _QUALITIES:
            done, content = cv2.imencode('.jpg', picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
            if not done:
                raise LandmarkError(f'case {case.caption!r}: the picture cannot be encoded')
            if len(content) <= PICTURE_BYTES:
                return content.tobytes()
        picture = cv2.resize(picture, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _class(name: str, wanted: bool) -> str:
    return f' class="{name}"' if wanted else ''
