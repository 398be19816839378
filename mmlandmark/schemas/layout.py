"""Where drawings put the keypoints of a schema when no labelled instance says it."""

from __future__ import annotations

import numpy as np

from mmlandmark.schemas.colors import LEFT, MIDLINE, RIGHT, keypoint_colors
from mmlandmark.schemas.registry import get_schema, list_schemas
from mmlandmark.schemas.schema import KeypointSchema
from mmlandmark.schemas.shipped_mappings import get_mapping, list_mappings


def schema_layout(schema: KeypointSchema, *, columns: bool = True) -> np.ndarray:
    """Return where to draw every keypoint.

    The schema's own ``layout`` comes first. Keypoints that it leaves out take the place of the
    keypoint of the same name in the shipped schema that shares most names, then that of the
    keypoint which a shipped mapping takes from them alone. A schema of which nothing is known is
    drawn in columns: its right side, midline and left side, in order.

    Args:
        schema: The K keypoints.
        columns: Whether to draw in columns what has no place at all.

    Returns:
        (K, 2) float64, x and y with y down, within 0 and 1 and the longer side filled; NaN for
        keypoints without a place.
    """
    places = dict(schema.layout) or _same_names(schema) or _by_mapping(schema)
    if not places and columns:
        places = _columns(schema)
    layout = np.array([places.get(name, (np.nan, np.nan)) for name in schema.keypoints])
    return _unit_square(layout)


def _same_names(schema: KeypointSchema) -> dict[str, tuple[float, float]]:
    found = [
        {n: shipped.layout[n] for n in schema.keypoints if n in shipped.layout}
        for shipped in map(get_schema, list_schemas())
    ]
    return max(found, key=len)


def _by_mapping(schema: KeypointSchema) -> dict[str, tuple[float, float]]:
    """Invert the rules with one source of the mapping that gives most places."""
    found: dict[str, tuple[float, float]] = {}
    for mapping in map(get_mapping, list_mappings()):
        if mapping.source.same_keypoints(schema) and mapping.target.layout:
            places = {
                next(iter(rule)): mapping.target.layout[target]
                for target, rule in mapping.rules.items()
                if len(rule) == 1 and target in mapping.target.layout
            }
            found = max(found, places, key=len)
    return found


def _columns(schema: KeypointSchema) -> dict[str, tuple[float, float]]:
    partners = {a: b for pair in schema.swaps for a, b in (pair, pair[::-1])}
    sides = keypoint_colors(schema.keypoints, partners)
    columns = [
        [name for name, found in zip(schema.keypoints, sides, strict=True) if found == side]
        for side in (RIGHT, MIDLINE, LEFT)
    ]
    return {
        name: (float(x), (row + 0.5) / len(column))
        for x, column in enumerate(columns)
        for row, name in enumerate(column)
    }


def _unit_square(layout: np.ndarray) -> np.ndarray:
    known = np.isfinite(layout).all(axis=1)
    if not known.any():
        return layout
    low, high = layout[known].min(axis=0), layout[known].max(axis=0)
    size = max(float((high - low).max()), 1e-9)
    return (layout - (low + high) / 2) / size + 0.5
