"""Unions by name, by path, by recipe, or as they are."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.schemas.files import read_json_object
from mmlandmark.schemas.locate import shipped_files
from mmlandmark.schemas.union import SchemaUnion

RECIPE = ('members', 'merge', 'merges', 'order', 'name', 'description')


def list_unions() -> list[str]:
    """Return the names of the shipped unions."""
    return list(shipped_files('unions', '.json'))


def get_union(union: str | Path | Mapping[str, Any] | SchemaUnion) -> SchemaUnion:
    """Return a union, however it is given.

    Args:
        union: The name of a shipped union; the path of a JSON file; a recipe, which is a dict of
            ``members`` (schemas by name, path or dict) and arguments of ``SchemaUnion.build``;
            the dict of ``to_json``; or a union. A file holds a recipe or ``to_json``'s dict.

    Raises:
        LandmarkError: There is no such name or file, or its content is no union.
    """
    if isinstance(union, SchemaUnion):
        return union
    if isinstance(union, Mapping):
        return _from_dict(union, None)
    if not isinstance(union, str | Path):
        raise LandmarkError(f'a union is a name, a path, a dict or a SchemaUnion, found {union!r}')
    path = _find(union)
    state = path.stat()
    return _read(path, state.st_mtime_ns, state.st_size)


def _find(union: str | Path) -> Path:
    path = Path(union)
    if path.suffix == '.json':
        if not path.is_file():
            raise LandmarkError(f'{path}: there is no such union file')
        return path.resolve()
    shipped = shipped_files('unions', '.json')
    if str(union) not in shipped:
        raise LandmarkError(
            f'there is no union {str(union)!r}{nearest(str(union), shipped)}; '
            f'shipped are {", ".join(shipped)}; an own one is given as a path to a .json or as '
            'a dict of members'
        )
    return shipped[str(union)]


@lru_cache(maxsize=64)
def _read(path: Path, modified: int, size: int) -> SchemaUnion:
    # time and size are in the key so that an edited file is read again
    content = read_json_object(path)
    try:
        return _from_dict(content, path.parent)
    except LandmarkError as error:
        raise LandmarkError(f'{path}: {error}') from error
    except (TypeError, AttributeError, KeyError, ValueError) as error:
        raise LandmarkError(f'{path}: not a union: {error!r}') from error


def _from_dict(content: Mapping[str, Any], folder: Path | None) -> SchemaUnion:
    if 'channels' in content:
        return SchemaUnion.from_json(content)
    for key in content:
        if key not in RECIPE:
            raise LandmarkError(f'the recipe of a union has no field {key!r}{nearest(key, RECIPE)}')
    members = content.get('members', ())
    if isinstance(members, str):
        raise LandmarkError(f'members of a union must be a list of schemas, found {members!r}')
    options = {key: content[key] for key in RECIPE[1:] if content.get(key) is not None}
    merge = options.get('merge', 'names')
    rules = [merge] if isinstance(merge, str | Path) or not hasattr(merge, '__iter__') else merge
    options['merge'] = [_beside(rule, folder) for rule in rules]
    return SchemaUnion.build(*(_beside(member, folder) for member in members), **options)


def _beside(entry: Any, folder: Path | None) -> Any:
    """Return a path that a file states relative to its own folder."""
    if folder is not None and isinstance(entry, str) and (folder / entry).is_file():
        return folder / entry
    return entry
