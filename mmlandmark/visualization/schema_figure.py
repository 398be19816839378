"""A schema as SVG: its keypoints and links, without any labelled instance."""

from __future__ import annotations

from html import escape

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import KeypointSchema
from mmlandmark.schemas.layout import schema_layout
from mmlandmark.visualization.report_style import INK, PAPER
from mmlandmark.visualization.schema_colors import drawing_colors

_PAD = 18


def schema_drawing(
    schema: KeypointSchema,
    points: np.ndarray | None = None,
    *,
    size: int = 360,
    numbers: bool = False,
) -> str:
    """Return an SVG of a schema in its own colours.

    Args:
        schema: The K keypoints.
        points: (K, 2) where to draw them, any unit, y down, NaN: not drawn; the layout of the
            schema where None.
        size: Longer side of the drawing, pixels.
        numbers: Whether to write the position of every keypoint beside it; its name is shown under
            the pointer anyway.

    Raises:
        LandmarkError: Points that do not fit the schema, or no keypoint that has a place.
    """
    layout = schema_layout(schema) if points is None else np.asarray(points, dtype=np.float64)
    if layout.shape != (schema.num_keypoints, 2):
        raise LandmarkError(
            f'schema {schema.name!r}: points of shape {layout.shape}, expected '
            f'({schema.num_keypoints}, 2)'
        )
    places, width, height = _fit(schema, layout, size)
    drawn = np.isfinite(places).all(axis=1)
    radius = float(np.clip(34 / np.sqrt(drawn.sum()), 2.2, 5))
    parts = [*_links(schema, places, radius), *_points(schema, places, radius)]
    if numbers:
        halo = f'stroke="{PAPER}" stroke-width="2.5" paint-order="stroke"'
        parts += [
            f'<text class="keypoint-number" x="{x + radius + 1:.1f}" y="{y - radius:.1f}" '
            f'font-size="9" fill="{INK}" {halo}>{index}</text>'
            for index, (x, y) in enumerate(places)
            if drawn[index]
        ]
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" role="img" '
        f'aria-label="{escape(schema.name)}, {schema.num_keypoints} keypoints">'
        + ''.join(parts)
        + '</svg>'
    )


def _fit(schema: KeypointSchema, layout: np.ndarray, size: int) -> tuple[np.ndarray, float, float]:
    known = layout[np.isfinite(layout).all(axis=1)]
    if not len(known):
        raise LandmarkError(f'schema {schema.name!r}: no keypoint has a place to be drawn at')
    low, extent = known.min(axis=0), np.ptp(known, axis=0)
    scale = (size - 2 * _PAD) / max(float(extent.max()), 1e-9)
    width, height = (extent * scale + 2 * _PAD).tolist()
    return (layout - low) * scale + _PAD, width, height


def _links(schema: KeypointSchema, places: np.ndarray, radius: float) -> list[str]:
    parts = []
    for link, color in zip(schema.skeleton, schema.skeleton_colors, strict=True):
        (x0, y0), (x1, y1) = (places[schema.index(name)] for name in link)
        if np.isfinite([x0, y0, x1, y1]).all():
            parts.append(
                f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" '
                f'stroke="{_hex(color)}" stroke-opacity="0.55" stroke-width="{0.6 * radius:.1f}"/>'
            )
    return parts


def _points(schema: KeypointSchema, places: np.ndarray, radius: float) -> list[str]:
    named = zip(schema.keypoints, drawing_colors(schema), places.tolist(), strict=True)
    return [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{_hex(color)}" '
        f'stroke="{INK}" stroke-width="0.6"><title>{index} {escape(name)}</title></circle>'
        for index, (name, color, (x, y)) in enumerate(named)
        if np.isfinite([x, y]).all()
    ]


def _hex(color: tuple[int, int, int]) -> str:
    return '#' + ''.join(f'{channel:02x}' for channel in color)
