"""Options of a converter that are checked when it is built."""

from __future__ import annotations

import collections.abc
from typing import Any

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.schemas import KeypointSchema, Mapping, find_mapping, get_mapping

AFFINE_OPTIONS = ('ridge', 'tuning', 'max_iterations')


def check_affine_options(options: collections.abc.Mapping[str, Any]) -> dict[str, Any]:
    """Return options for ``fit_affine``; a LandmarkError names the nearest for an unknown one."""
    for name in options:
        if name not in AFFINE_OPTIONS:
            raise LandmarkError(
                f'unknown option {name!r} of affine{nearest(name, AFFINE_OPTIONS)}; '
                f'known: {", ".join(AFFINE_OPTIONS)}'
            )
    return dict(options)


def resolve_mapping(mapping: Any, source: KeypointSchema, target: KeypointSchema) -> Mapping | None:
    """Return the hand-made mapping between two schemas.

    Args:
        mapping: ``auto`` (the shipped one, if any), a name, a path, a mapping or None.
        source: Schema that it must start from.
        target: Schema that it must lead to.

    Raises:
        LandmarkError: It is unknown or between other schemas.
    """
    if mapping is None or isinstance(mapping, Mapping):
        return mapping
    found = find_mapping(source, target) if mapping == 'auto' else get_mapping(mapping)
    if found is None:
        return None
    for side, schema in (('source', source), ('target', target)):
        if not getattr(found, f'{side}_schema').same_keypoints(schema):
            raise LandmarkError(
                f'mapping {found.name!r} has {side} schema '
                f'{getattr(found, f"{side}_schema").name!r}, expected {schema.name!r}'
            )
    return found
