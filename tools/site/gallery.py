"""A page with a drawing of every shipped schema, made from the schema files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmlandmark.schemas import KeypointSchema

_HEAD = """# Gallery of schemas

Drawn from the schema files in `configs/_base_/schemas`. Orange is the right side, blue the left,
grey the midline; hands are coloured by finger. A keypoint's name appears under the pointer. Places
are schematic: `layout` of a schema file says where a drawing puts a keypoint, and no data was
measured for it.
"""


def gallery(root: Path) -> str:
    """Return the page as Markdown with SVG in it."""
    from mmlandmark.schemas import get_schema, list_schemas

    return _HEAD + '\n'.join(_section(get_schema(name)) for name in list_schemas())


def _section(schema: KeypointSchema) -> str:
    import numpy as np

    from mmlandmark.schemas.layout import schema_layout
    from mmlandmark.visualization.schema_figure import schema_drawing

    placed = int(np.isfinite(schema_layout(schema)).all(axis=1).sum())
    missing = schema.num_keypoints - placed
    lines = [f'\n## {schema.name}\n', schema.description, '']
    lines.append(f'{schema.num_keypoints} keypoints, {len(schema.swaps)} left/right pairs.')
    if missing:
        lines.append(f'{placed} are drawn; the schema says no place for the other {missing}.')
    lines += ['', schema_drawing(schema), '']
    names = (f'{index} `{name}`' for index, name in enumerate(schema.keypoints))
    lines += [
        '<details markdown><summary>keypoints</summary>',
        '',
        ', '.join(names),
        '',
        '</details>',
    ]
    return '\n'.join(lines)
