"""Errors of keypoints as SVG: on the schema, and keypoint by keypoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.table import format_value
from mmlandmark.schemas import KeypointSchema
from mmlandmark.visualization.report_style import (
    ERROR_RAMP,
    INK,
    METHOD_COLORS,
    MUTED,
    PAPER,
    RULE,
)

_WIDTH, _HEIGHT, _PAD, _LEGEND = 320, 330, 20, 44
_ROW, _AXIS, _TOP = 15, 200, 26
_TICKS = 4
_LONG = {30: 1, 150: 2}  # so many keypoints at most -> columns; more go into three
_CROWD = 70  # more keypoints than this are drawn smaller on the schema


@dataclass(frozen=True)
class KeypointErrors:
    """Mean errors of every keypoint by method.

    Args:
        schema: The K keypoints.
        layout: (K, 2) where to draw them, any unit, y down; NaN: not drawn.
        methods: Name -> (K,) errors, NaN where the method does not give the keypoint.
        unit: What the errors are, for the legend.

    Raises:
        LandmarkError: An array that does not fit the schema, or no error at all.
    """

    schema: KeypointSchema
    layout: np.ndarray
    methods: Mapping[str, np.ndarray]
    unit: str

    def __post_init__(self) -> None:
        count = self.schema.num_keypoints
        for name, values in (('layout', self.layout[:, 0]), *self.methods.items()):
            if np.shape(values) != (count,):
                raise LandmarkError(
                    f'{name}: {np.shape(values)} for the {count} keypoints of {self.schema.name!r}'
                )
        if not any(np.isfinite(values).any() for values in self.methods.values()):
            raise LandmarkError(f'no keypoint of {self.schema.name!r} has an error to draw')

    @property
    def limit(self) -> float:
        """The largest error that the scale shows: one outlier does not make the others pale."""
        values = np.concatenate([v[np.isfinite(v)] for v in self.methods.values()])
        return max(float(np.quantile(values, 0.97)), 1e-12)


def schema_figure(errors: KeypointErrors, method: str) -> str:
    """Return an SVG of the schema with every keypoint sized and coloured by its error.

    A keypoint's number has the class ``keypoint-number``, which the style sheet of reports hides
    until it is asked for; its name and error are shown under the pointer.
    """
    places = _fit(errors.layout)
    values, names = errors.methods[method], errors.schema.keypoints
    shown = np.isfinite(places).all(axis=1)
    size = float(np.sqrt(min(1.0, _CROWD / max(int(shown.sum()), 1))))
    parts = []
    for first, second in errors.schema.skeleton:
        a, b = places[errors.schema.index(first)], places[errors.schema.index(second)]
        if np.isfinite([a, b]).all():
            parts.append(
                f'<line x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}" '
                f'stroke="{RULE}" stroke-width="1.5"/>'
            )
    for index in np.flatnonzero(shown).tolist():
        x, y = places[index].tolist()
        parts.append(_mark(x, y, f'{index} {names[index]}', values[index], errors.limit, size))
    parts += [
        f'<text class="keypoint-number" x="{places[i, 0] + 5 * size:.1f}" '
        f'y="{places[i, 1] - 4 * size:.1f}" font-size="9" stroke="{PAPER}" stroke-width="2.5" '
        f'paint-order="stroke">{i}</text>'
        for i in np.flatnonzero(shown).tolist()
    ]
    parts.append(_legend(errors, bool(np.isnan(values).any())))
    return _svg(_WIDTH, _HEIGHT + _LEGEND, f'error per keypoint, {method}', parts)


def keypoint_columns(errors: KeypointErrors) -> list[str]:
    """Return SVGs with one line per keypoint and one mark per method, largest errors first.

    Several columns of one scale, for schemas of many keypoints, may stand side by side or below
    each other.
    """
    first = next(iter(errors.methods.values()))
    order = np.argsort(-np.where(np.isnan(first), -1, first), kind='stable')
    number = next((n for most, n in _LONG.items() if len(order) <= most), 3)
    columns = np.array_split(order, number)
    step = _round_step(float(np.nanmax(list(errors.methods.values()))))
    label = 12 + 6.6 * max(map(len, errors.schema.keypoints))
    return [_column(errors, rows.tolist(), label, step * _TICKS) for rows in columns]


def _column(errors: KeypointErrors, rows: list[int], label: float, limit: float) -> str:
    legend = [_methods_legend(errors)] if len(errors.methods) > 1 else []
    parts = [*legend, *_axis(label, len(rows), limit, errors.unit)]
    for row, index in enumerate(rows):
        parts += _keypoint_row(errors, index, label, _TOP + _ROW * (row + 0.5), limit)
    height = _TOP + _ROW * len(rows) + 34
    return _svg(label + _AXIS + 24, height, 'error of each keypoint by method', parts)


def _round_step(largest: float) -> float:
    """A round number of which ``_TICKS`` reach the largest error."""
    wanted = max(largest, 1e-12) / _TICKS
    power = 10.0 ** np.floor(np.log10(wanted))
    return float(
        next(m * power for m in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if m * power >= wanted)
    )


def _fit(layout: np.ndarray) -> np.ndarray:
    shown = layout[np.isfinite(layout).all(axis=1)]
    low, high = shown.min(axis=0), shown.max(axis=0)
    room = np.array([_WIDTH, _HEIGHT]) - 2 * _PAD
    scale = float((room / np.maximum(high - low, 1e-9)).min())
    return (layout - (low + high) / 2) * scale + np.array([_WIDTH, _HEIGHT]) / 2


def _mark(x: float, y: float, name: str, value: float, limit: float, size: float) -> str:
    if not np.isfinite(value):
        arm = 3 * size
        return (
            f'<g stroke="{MUTED}" stroke-width="1.4" fill="none"><title>{escape(name)}: no error'
            f'</title><path d="M{x - arm:.1f} {y - arm:.1f}l{2 * arm:.1f} {2 * arm:.1f}'
            f'm0 -{2 * arm:.1f}l-{2 * arm:.1f} {2 * arm:.1f}"/></g>'
        )
    share = min(value / limit, 1.0)
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size * (3 + 5 * share):.1f}" '
        f'fill="{_color(share)}" stroke="{INK}" stroke-width="0.7">'
        f'<title>{escape(name)}: {format_value(float(value), 3)}</title></circle>'
    )


def _color(share: float) -> str:
    stops = np.linspace(0, 1, len(ERROR_RAMP))
    channels = [np.interp(share, stops, channel) for channel in zip(*ERROR_RAMP, strict=True)]
    return '#' + ''.join(f'{round(float(channel)):02x}' for channel in channels)


def _legend(errors: KeypointErrors, gaps: bool) -> str:
    y = _HEIGHT + 16
    shares = (0.0, 0.25, 0.5, 0.75, 1.0)
    parts = []
    for i, share in enumerate(shares):
        x = 26 + 34 * i
        text = _short(share * errors.limit) + ('+' if share == 1 else '')
        parts.append(
            f'<circle cx="{x}" cy="{y}" r="{3 + 5 * share:.1f}" fill="{_color(share)}" '
            f'stroke="{INK}" stroke-width="0.7"/>'
            f'<text x="{x}" y="{y + 20}" text-anchor="middle">{text}</text>'
        )
    if gaps:
        parts.append(
            f'<path d="M212 {y - 3}l6 6m0 -6l-6 6" stroke="{MUTED}" stroke-width="1.4" '
            f'fill="none"/><text x="224" y="{y + 4}">no error</text>'
        )
    return ''.join(parts)


def _short(value: float) -> str:
    """A number that fits between the marks of the legend."""
    return f'{value:.0e}'.replace('e+0', 'e') if value >= 1e4 else format_value(value, 2)


def _methods_legend(errors: KeypointErrors) -> str:
    parts, x = [], 8.0
    for number, name in enumerate(errors.methods):
        parts.append(_symbol(number, x, 9))
        parts.append(f'<text x="{x + 10:.0f}" y="13">{escape(name)}</text>')
        x += 34 + 6.4 * len(name)
    return ''.join(parts)


def _axis(label: float, rows: int, limit: float, unit: str) -> list[str]:
    bottom = _TOP + _ROW * rows
    parts = []
    for share in np.arange(_TICKS + 1) / _TICKS:
        x = label + share * _AXIS
        parts.append(f'<path d="M{x:.1f} {_TOP}V{bottom}" stroke="{RULE}" stroke-width="1"/>')
        parts.append(
            f'<text x="{x:.1f}" y="{bottom + 13}" text-anchor="middle">{share * limit:g}</text>'
        )
    middle = label + _AXIS / 2
    parts.append(
        f'<text x="{middle:.1f}" y="{bottom + 28}" text-anchor="middle">{escape(unit)}</text>'
    )
    return parts


def _keypoint_row(
    errors: KeypointErrors, index: int, label: float, y: float, limit: float
) -> list[str]:
    name = errors.schema.keypoints[index]
    parts = [f'<text x="{label - 8:.1f}" y="{y + 4}" text-anchor="end">{escape(name)}</text>']
    for number, values in reversed(list(enumerate(errors.methods.values()))):
        if np.isfinite(values[index]):
            x = label + _AXIS * float(values[index]) / limit
            parts.append(_symbol(number, x, y))
    return parts


def _symbol(number: int, x: float, y: float) -> str:
    """A mark told apart by shape as well as colour: disc, diamond, bar, triangle."""
    shapes = (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.2"',
        f'<path d="M{x:.1f} {y - 5:.1f}l5 5l-5 5l-5 -5z"',
        f'<rect x="{x - 1.6:.1f}" y="{y - 5:.1f}" width="3.2" height="10"',
        f'<path d="M{x:.1f} {y - 5:.1f}l5 9h-10z"',
    )
    shape = shapes[number % len(shapes)]
    return f'{shape} fill="{METHOD_COLORS[number % len(METHOD_COLORS)]}" fill-opacity="0.9"/>'


def _svg(width: float, height: float, label: str, parts: list[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" role="img" '
        f'aria-label="{escape(label)}" font-size="11.5" font-family="inherit" fill="{INK}">'
        + ''.join(parts)
        + '</svg>'
    )
