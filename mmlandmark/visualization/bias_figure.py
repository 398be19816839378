"""Where one labelling puts a keypoint seen from the other, as SVG."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import numpy as np

from mmlandmark.visualization.report_style import INK, METHOD_COLORS, MUTED, RULE

_SIDE, _TOP, _BOTTOM = 300, 40, 40
_SHOWN = 500  # points; more do not change the picture and make a heavy page
_POINT, _BIAS = METHOD_COLORS[2], '#d55e00'


@dataclass(frozen=True)
class BiasPicture:
    """What the picture of a keypoint shows; lengths in units.

    Args:
        title: The keypoint.
        verdict: Under the title.
        differences: (N, 2) in the instance's frame, rows with NaN are not drawn.
        bias: (2,) their middle.
        interval: (2, 2) low and high of both coordinates.
        tolerance: Radius of the circle in which a bias does no harm.
        unit: Name of the unit.
        axes: What lies along x and y.
    """

    title: str
    verdict: str
    differences: np.ndarray
    bias: np.ndarray
    interval: np.ndarray
    tolerance: float
    unit: str
    axes: tuple[str, str]


def bias_figure(picture: BiasPicture) -> str:
    """Return the SVG: the differences, the bias with its interval, the tolerance."""
    known = picture.differences[np.isfinite(picture.differences).all(axis=1)]
    reach = _reach(known, picture)
    middle = np.array([_SIDE / 2, _TOP + _SIDE / 2])
    scale = _SIDE / 2 / reach

    def place(values: np.ndarray) -> np.ndarray:
        return middle + np.asarray(values) * scale

    radius = picture.tolerance * scale
    parts = [
        f'<rect x="0.5" y="{_TOP + 0.5}" width="{_SIDE - 1}" height="{_SIDE - 1}" fill="#ffffff" '
        f'stroke="{RULE}"/>',
        f'<path d="M0 {middle[1]}H{_SIDE}M{middle[0]} {_TOP}V{_TOP + _SIDE}" stroke="{RULE}"/>',
        _cloud(place(_thinned(known, reach))),
        f'<circle cx="{middle[0]}" cy="{middle[1]}" r="{radius:.1f}" fill="none" '
        f'stroke="{METHOD_COLORS[0]}" stroke-width="1.6" stroke-dasharray="5 3">'
        f'<title>tolerance {picture.tolerance:g}</title></circle>',
        *_mark(place(picture.bias), place(picture.interval.T), radius),
        *_words(picture, reach),
    ]
    height = _TOP + _SIDE + _BOTTOM
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE} {height}" width="{_SIDE}" '
        f'role="img" aria-label="{escape(picture.title)}: {escape(picture.verdict)}" '
        f'font-size="11.5" font-family="system-ui, DejaVu Sans, sans-serif" fill="{INK}">'
        + ''.join(parts)
        + '</svg>'
    )


def _reach(known: np.ndarray, picture: BiasPicture) -> float:
    """Half the side of the picture: four points in five, the tolerance and the bias are inside."""
    sizes = [1.6 * picture.tolerance]
    if len(known):
        sizes.append(float(np.quantile(np.abs(known).max(axis=1), 0.8)))
    if np.isfinite(picture.bias).all():
        sizes.append(1.2 * float(np.abs(picture.bias).max()))
    return max(sizes)


def _thinned(known: np.ndarray, reach: float) -> np.ndarray:
    inside = known[np.abs(known).max(axis=1) < reach] if len(known) else known
    chosen = np.unique(np.linspace(0, max(len(inside) - 1, 0), _SHOWN).astype(np.int64))
    return inside[chosen] if len(inside) else inside


def _cloud(places: np.ndarray) -> str:
    # one path of dots: an element a point makes pages ten times as large
    dots = ''.join(f'M{x:.1f} {y:.1f}h0' for x, y in places)
    return (
        f'<path d="{dots}" stroke="{_POINT}" stroke-width="2.6" stroke-linecap="round" '
        'stroke-opacity="0.45" fill="none"/>'
    )


def _mark(bias: np.ndarray, corners: np.ndarray, radius: float) -> list[str]:
    if not (np.isfinite(bias).all() and np.isfinite(corners).all()):
        return []
    (left, top), (right, bottom) = corners
    arm = min(5.0, max(radius / 3, 2.0))
    return [
        f'<rect x="{left:.2f}" y="{top:.2f}" width="{right - left:.2f}" '
        f'height="{bottom - top:.2f}" fill="{_BIAS}" fill-opacity="0.3" stroke="{_BIAS}"/>',
        f'<path d="M{bias[0] - arm:.2f} {bias[1]:.2f}h{2 * arm:.2f}M{bias[0]:.2f} '
        f'{bias[1] - arm:.2f}v{2 * arm:.2f}" stroke="{_BIAS}" stroke-width="2"/>',
    ]


def _words(picture: BiasPicture, reach: float) -> list[str]:
    x, y = picture.axes
    bottom = _TOP + _SIDE
    size = float(np.hypot(*picture.bias))
    found = f'bias {size:.3f}' if np.isfinite(size) else 'no instances'
    return [
        f'<text x="2" y="14" font-size="13" font-weight="600">{escape(picture.title)}</text>',
        f'<text x="2" y="31" fill="{MUTED}">{escape(picture.verdict)}, {found}</text>',
        f'<text x="{_SIDE - 4}" y="{_TOP + _SIDE / 2 - 5}" text-anchor="end" '
        f'fill="{MUTED}">{escape(x)}</text>',
        f'<text x="{_SIDE / 2 + 5}" y="{bottom - 6}" fill="{MUTED}">{escape(y)}</text>',
        f'<text x="2" y="{bottom + 15}" fill="{MUTED}">side to side {2 * reach:.2f} '
        f'{escape(picture.unit)}</text>',
        f'<text x="2" y="{bottom + 31}" fill="{MUTED}">dashed: tolerance '
        f'{picture.tolerance:g}; cross and box: bias, 95 %</text>',
    ]
