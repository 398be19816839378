"""Mappings by name, by path, or by the two schemas that they join."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.schemas.locate import shipped_files
from mmlandmark.schemas.mapping import Mapping
from mmlandmark.schemas.schema import KeypointSchema


def list_mappings() -> list[str]:
    """Return the names of the shipped mappings."""
    return list(shipped_files('mappings', '.json'))


def get_mapping(mapping: str | Path | Mapping) -> Mapping:
    """Return a mapping by the name of a shipped one or by the path of a JSON file.

    Raises:
        LandmarkError: There is no such name or file, or its content is no mapping.
    """
    if isinstance(mapping, Mapping):
        return mapping
    path = Path(mapping)
    if path.suffix == '.json':
        return Mapping.from_file(path)
    shipped = shipped_files('mappings', '.json')
    if str(mapping) not in shipped:
        raise LandmarkError(
            f'there is no mapping {str(mapping)!r}{nearest(str(mapping), shipped)}; '
            f'shipped are {", ".join(shipped)}; an own one is given as a path to a .json'
        )
    return _read(shipped[str(mapping)])


def find_mapping(source: KeypointSchema, target: KeypointSchema) -> Mapping | None:
    """Return the shipped mapping between two schemas, or None.

    Schemas are told by their keypoint names, so that a renamed copy is found too; of several
    mappings the one named ``{source}-to-{target}`` is taken. It carries the two given schemas.
    """
    matching = [
        mapping
        for mapping in map(get_mapping, list_mappings())
        if mapping.source.same_keypoints(source) and mapping.target.same_keypoints(target)
    ]
    if not matching:
        return None
    plain = [m for m in matching if m.name == f'{m.source.name}-to-{m.target.name}']
    return replace((plain or matching)[0], source=source, target=target)


@lru_cache(maxsize=64)
def _read(path: Path) -> Mapping:
    return Mapping.from_file(path)
