"""Named groups of keypoints: a schema's regions, and both sides of them at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.schemas.schema import KeypointSchema

_SIDES = ('right_', 'left_')


def both_sides(schema: KeypointSchema) -> dict[str, tuple[str, ...]]:
    """Return the regions that join two of the schema: ``eyes`` of ``right_eye`` and ``left_eye``.

    A joined name that the schema uses itself is left to the schema.
    """
    joined = {}
    for region in schema.regions:
        part = region.removeprefix(_SIDES[0])
        sides = tuple(side + part for side in _SIDES)
        name = f'{part}s'
        if part != region and sides[1] in schema.regions and name not in schema.regions:
            joined[name] = sides
    return joined


def region_groups(
    schema: KeypointSchema,
    names: str | Sequence[str] | None = None,
    own: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, np.ndarray]:
    """Return the positions of the keypoints of groups, by the name of the group.

    Args:
        schema: The schema.
        names: Regions of the schema, both sides of one (``eyes``), names of ``own`` or single
            keypoints; None: the groups of ``own``, or all regions of the schema without any.
        own: Groups of keypoint and region names, as ``read_region_file`` returns; they go before
            the schema's regions of the same names.

    Returns:
        Name -> (n,) int64 positions in the schema, each once.

    Raises:
        LandmarkError: A name is unknown, or there is no group; names the nearest one.
    """
    joined, own = both_sides(schema), own or {}
    members: dict[str, Sequence[str]] = {name: (name,) for name in schema.keypoints}
    members |= {**schema.regions, **joined, **own}
    if isinstance(names, str):
        names = [names]
    if names is None:
        names = list(own or schema.regions)
    if not names:
        raise LandmarkError(f'schema {schema.name!r} has no regions; give groups of your own')
    groups = {}
    for name in names:
        if name not in members:
            raise LandmarkError(
                f'schema {schema.name!r} has no region {name!r}{nearest(name, members)}; there '
                f'are {", ".join([*own, *joined, *schema.regions])}'
            )
        groups[name] = schema.indices(_flat(members[name], joined))
    return groups


def _flat(members: Sequence[str], joined: Mapping[str, Sequence[str]]) -> list[str]:
    return [part for name in members for part in joined.get(name, (name,))]
