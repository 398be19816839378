"""How errors are spread over instances, as SVG: bars, the share below, and quantiles."""

from __future__ import annotations

from html import escape

import numpy as np

from mmlandmark.evaluation.functional.table import format_value
from mmlandmark.visualization.report_style import INK, METHOD_COLORS, MUTED, RULE

_WIDTH, _HEIGHT = 460, 262
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 42, 30, 58
_BARS = 40
_REACH = 0.98  # the axis ends near this quantile: a few outliers do not flatten the rest
_MARKS = {'median': 0.5, '90 % below': 0.9}
_BAR, _CURVE = METHOD_COLORS[0], '#a03c00'


def distribution_figure(values: np.ndarray, unit: str, *, of: str = 'instances') -> str:
    """Return an SVG of a distribution.

    Bars count (left axis), the line is the share below (right axis), dashed lines are the median
    and the 90 % quantile. What lies beyond the axis is counted in words.

    Args:
        values: (N,), at least one that is finite; NaN and infinities are left out.
        unit: Of the values, for the axis.
        of: What is counted.

    Raises:
        ValueError: No value is finite.
    """
    values = np.sort(values[np.isfinite(values)])
    if not len(values):
        raise ValueError('no finite value to draw')
    ticks = _ticks(float(min(values[0], 0.0)), float(np.quantile(values, _REACH)))
    low, high = ticks[0], ticks[-1]
    counts, edges = np.histogram(values, bins=_BARS, range=(low, high))
    parts = [*_axes(ticks, int(counts.max()), unit, of)]
    for count, start, end in zip(counts.tolist(), edges[:-1], edges[1:], strict=True):
        if count:
            parts.append(_bar(count, count / counts.max(), _x(start, ticks), _x(end, ticks)))
    parts.append(_curve(values, ticks))
    parts += [_mark(name, float(np.quantile(values, q)), ticks) for name, q in _MARKS.items()]
    beyond = int((values > high).sum())
    if beyond:
        text = f'{beyond} {escape(of)} beyond the axis, up to {format_value(float(values[-1]), 3)}'
        place = f'x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 6}" text-anchor="end"'
        parts.append(f'<text {place} fill="{MUTED}">{text}</text>')
    label = f'distribution of {unit} over {len(values)} {of}'
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" role="img" '
        f'aria-label="{escape(label)}" font-size="11.5" font-family="inherit" fill="{INK}">'
        + ''.join(parts)
        + '</svg>'
    )


def _ticks(low: float, high: float) -> np.ndarray:
    """Round numbers that reach both ends, 4 to 9 of them."""
    span = max(high - low, abs(high) * 1e-3, 1e-9)
    power = 10.0 ** np.floor(np.log10(span / 4))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if span / (m * power) <= 6)
    first, last = np.floor(low / step), np.ceil(high / step)
    return np.arange(first, max(last, first + 1) + 1) * step


def _x(value: float, ticks: np.ndarray) -> float:
    share = (value - ticks[0]) / (ticks[-1] - ticks[0])
    return _LEFT + float(np.clip(share, 0, 1)) * (_WIDTH - _LEFT - _RIGHT)


def _y(share: float) -> float:
    return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)


def _axes(ticks: np.ndarray, most: int, unit: str, of: str) -> list[str]:
    base, end = _y(0), _WIDTH - _RIGHT
    parts = [f'<path d="M{_LEFT} {base}H{end}" stroke="{MUTED}"/>']
    for tick in ticks:
        x = _x(tick, ticks)
        parts.append(f'<path d="M{x:.1f} {_TOP}V{base}" stroke="{RULE}"/>')
        parts.append(f'<text x="{x:.1f}" y="{base + 15}" text-anchor="middle">{tick:g}</text>')
    for share in (0, 0.5, 1):
        y = _y(share) + 4
        parts.append(f'<text x="{end + 4}" y="{y:.0f}" fill="{_CURVE}">{100 * share:.0f} %</text>')
    parts.append(
        f'<text x="{_LEFT - 5}" y="{_y(1) + 4:.0f}" text-anchor="end" fill="{_BAR}">{most}</text>'
    )
    middle = (_LEFT + end) / 2
    parts.append(
        f'<text x="{middle}" y="{base + 34}" text-anchor="middle">{escape(unit)}; bars: '
        f'{escape(of)}, line: share below</text>'
    )
    return parts


def _bar(count: int, share: float, start: float, end: float) -> str:
    return (
        f'<rect x="{start:.1f}" y="{_y(share):.1f}" width="{max(end - start - 0.6, 0.6):.1f}" '
        f'height="{_y(0) - _y(share):.1f}" fill="{_BAR}" fill-opacity="0.75">'
        f'<title>{count}</title></rect>'
    )


def _curve(values: np.ndarray, ticks: np.ndarray) -> str:
    xs = np.linspace(ticks[0], ticks[-1], 120)
    below = np.searchsorted(values, xs, side='right') / len(values)
    points = ' '.join(f'{_x(x, ticks):.1f},{_y(s):.1f}' for x, s in zip(xs, below, strict=True))
    return f'<polyline points="{points}" fill="none" stroke="{_CURVE}" stroke-width="2"/>'


def _mark(name: str, value: float, ticks: np.ndarray) -> str:
    x = _x(value, ticks)
    # names of close marks stand above each other
    y = _TOP - (18 if name == 'median' else 5)
    side = 'end' if x > _WIDTH - 110 else 'start'
    return (
        f'<path d="M{x:.1f} {y + 2}V{_y(0)}" stroke="{INK}" stroke-dasharray="4 3"/>'
        f'<text x="{x + (-4 if side == "end" else 4):.1f}" y="{y + 4}" text-anchor="{side}">'
        f'{escape(name)} {format_value(value, 3)}</text>'
    )
