"""What the page needs to know of a schema to draw it."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmlandmark.schemas import KeypointSchema
from mmlandmark.schemas.layout import schema_layout


def describe_schema(schema: KeypointSchema) -> dict[str, Any]:
    """Return a schema with its colours, links, mirror partners and places, ready for JSON.

    ``layout`` is None for keypoints without a place; ``links`` and ``partners`` are positions.
    """
    return {
        'name': schema.name,
        'keypoints': list(schema.keypoints),
        'colors': [_hex(color) for color in schema.colors],
        'links': [[schema.index(a), schema.index(b)] for a, b in schema.skeleton],
        'linkColors': [_hex(color) for color in schema.skeleton_colors],
        'partners': schema.flip_indices.tolist(),
        'layout': [
            place.tolist() if np.isfinite(place).all() else None for place in schema_layout(schema)
        ],
        'description': schema.description,
    }


def _hex(color: tuple[int, int, int]) -> str:
    return '#' + ''.join(f'{int(channel):02x}' for channel in color)
