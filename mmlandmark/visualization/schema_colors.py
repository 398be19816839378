"""Colours of keypoints in drawings: the side by its hue, the region by its lightness."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from mmlandmark.schemas import KeypointSchema
from mmlandmark.schemas.colors import LEFT, MIDLINE, RIGHT, Color

#: Shares of white (positive) or black (negative) that neighbouring kinds of regions are mixed with.
_SHADES = (0.0, 0.5, -0.35)
_SIDES = ('left_', 'right_')


@lru_cache(maxsize=64)
def drawing_colors(schema: KeypointSchema) -> tuple[Color, ...]:
    """Return one RGB colour for each keypoint.

    A schema that has colours of its own, beyond those of the sides, is drawn in them. Otherwise the
    hue is that of the side, and keypoints whose regions (the first that lists each) are of
    different kinds get one of three lightnesses; ``left_eye`` and ``right_eye`` are of one kind.

    Args:
        schema: The keypoints.
    """
    if not set(schema.colors) <= {LEFT, RIGHT, MIDLINE}:
        return schema.colors
    kinds = [_kind(schema, name) for name in schema.keypoints]
    order = {kind: i for i, kind in enumerate(dict.fromkeys(filter(None, kinds)))}
    return tuple(
        _mixed(color, _SHADES[order[kind] % len(_SHADES)] if kind else 0.0)
        for color, kind in zip(schema.colors, kinds, strict=True)
    )


def _kind(schema: KeypointSchema, name: str) -> str | None:
    """The first region that lists a keypoint, without its side."""
    kind = next((region for region, members in schema.regions.items() if name in members), None)
    for side in _SIDES if kind else ():
        kind = kind.removeprefix(side)
    return kind


def _mixed(color: Color, share: float) -> Color:
    end = 255 if share > 0 else 0
    red, green, blue = np.round(np.array(color) * (1 - abs(share)) + end * abs(share)).astype(int)
    return int(red), int(green), int(blue)
