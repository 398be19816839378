"""Groups of keypoints of one's own, in a small YAML file."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.schemas.region_groups import both_sides
from mmlandmark.schemas.schema import KeypointSchema

#: Bytes of a file's name that every file system takes, less an ending.
_LONGEST = 200


def read_region_file(path: str | os.PathLike, schema: KeypointSchema) -> dict[str, tuple[str, ...]]:
    """Read groups of keypoints, checked against a schema.

    The file is a YAML mapping from the name of a group to the names of its keypoints or of
    regions of the schema, in a list or one name alone::

        right_eye_and_brow: [right_eye, right_brow]
        upper_lip: upper_lip_mid

    Args:
        path: The file; it is parsed, never run.
        schema: The schema of the names.

    Returns:
        Group -> names of keypoints and regions.

    Raises:
        LandmarkError: The file cannot be read, is no such mapping, holds no group, an empty one,
            one with a name that cannot be a file's, or an unknown name; names file and group.
    """
    path = Path(path)
    content = _parse(path)
    if not isinstance(content, dict) or not content:
        raise LandmarkError(
            f'{path}: holds {_shown(content)}; expected a mapping from names of groups to lists of '
            'keypoint names'
        )
    known = [*schema.keypoints, *schema.regions, *both_sides(schema)]
    return {
        _group_name(group, path): _members(names, known, f'{path}: group {group!r}', schema)
        for group, names in content.items()
    }


def _parse(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding='utf-8'), Loader=_OnceLoader)
    except OSError as error:
        raise LandmarkError(f'{path}: cannot be read: {error.strerror or error}') from None
    except UnicodeDecodeError:
        raise LandmarkError(f'{path}: is no text; expected YAML in UTF-8') from None
    except RecursionError:
        raise LandmarkError(f'{path}: is not plain YAML: nested too deep') from None
    except yaml.YAMLError as error:
        raise LandmarkError(f'{path}: is not plain YAML: {" ".join(str(error).split())}') from None


class _OnceLoader(yaml.SafeLoader):
    """The safe loader, which of two groups of one name would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        keys = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        names = Counter(key.value for key in keys)
        twice = next((name for name, count in names.items() if count > 1), None)
        if twice is not None:
            raise yaml.YAMLError(f'{twice!r} is there more than once')
        return super().construct_mapping(node, deep)


def _group_name(group: Any, path: Path) -> str:
    is_name = isinstance(group, str) and group.isprintable() and len(group.encode()) <= _LONGEST
    if not is_name or group.strip('. ') == '' or set(group) & set('/\\'):
        raise LandmarkError(
            f'{path}: a group is called {group!r:.60}; expected a text that can be part of '
            'a file name'
        )
    return group


def _members(names: Any, known: list[str], where: str, schema: KeypointSchema) -> tuple[str, ...]:
    names = [names] if isinstance(names, str) else names
    if not isinstance(names, list) or not names:
        raise LandmarkError(f'{where} holds {_shown(names)}; expected a list of keypoint names')
    for name in names:
        if name not in known:
            raise LandmarkError(
                f'{where}: schema {schema.name!r} has no keypoint or region {name!r}'
                f'{nearest(name, known)}'
            )
    return tuple(names)


def _shown(value: Any) -> str:
    return f'{value!r:.60}' if value else 'nothing'
