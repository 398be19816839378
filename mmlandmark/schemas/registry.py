"""Schemas by name, path, dict or object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.schemas.locate import shipped_files
from mmlandmark.schemas.schema import KeypointSchema


def list_schemas() -> list[str]:
    """Return the names of the shipped schemas."""
    return list(shipped_files('schemas', '.py'))


def get_schema(schema: str | Path | Mapping[str, Any] | KeypointSchema) -> KeypointSchema:
    """Return a schema, however it is given.

    Args:
        schema: The name of a shipped schema; the path of a ``dataset_info`` file (.py) or of
            a schema's JSON; the dict of either, or metainfo; or a schema.

    Raises:
        LandmarkError: There is no such name or file, or its content is no schema.
    """
    if isinstance(schema, KeypointSchema):
        return schema
    if isinstance(schema, Mapping):
        is_json = 'keypoints' in schema and 'keypoint_info' not in schema
        build = KeypointSchema.from_json if is_json else KeypointSchema.from_metainfo
        return build(schema)
    if not isinstance(schema, str | Path):
        raise LandmarkError(
            f'a schema is a name, a path, a dict or a KeypointSchema, found {schema!r}'
        )
    path = _find(schema)
    state = path.stat()
    return _read(path, state.st_mtime_ns, state.st_size)


def schema_of_metainfo(metainfo: Mapping[str, Any]) -> KeypointSchema:
    """Return the schema of a data set's metainfo.

    MMPose's parsing drops regions and reference distances. Where a shipped schema has the same
    keypoints in the same order and the same swaps, its own are added, so that MMPose's stock data
    sets can be measured by ``eye_outer`` or ``torso``.

    Raises:
        LandmarkError: The metainfo is none of a keypoint data set.
    """
    schema = KeypointSchema.from_metainfo(metainfo)
    for name in list_schemas():
        shipped = get_schema(name)
        if shipped.keypoints == schema.keypoints and shipped.swaps == schema.swaps:
            return replace(
                schema,
                regions={**shipped.regions, **schema.regions},
                normalizers={**shipped.normalizers, **schema.normalizers},
            )
    return schema


def _find(schema: str | Path) -> Path:
    path = Path(schema)
    if path.suffix in ('.py', '.json'):
        if not path.is_file():
            raise LandmarkError(f'{path}: there is no such schema file')
        return path.resolve()
    shipped = shipped_files('schemas', '.py')
    if str(schema) not in shipped:
        raise LandmarkError(
            f'there is no schema {str(schema)!r}{nearest(str(schema), shipped)}; '
            f'shipped are {", ".join(shipped)}; an own one is given as a path to a .py or .json'
        )
    return shipped[str(schema)]


@lru_cache(maxsize=128)
def _read(path: Path, modified: int, size: int) -> KeypointSchema:
    # time and size are in the key so that an edited file is read again
    return KeypointSchema.from_file(path)
