"""The keypoint names of a COCO category, checked against a schema."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mmlandmark.errors import LandmarkError, nearest

if TYPE_CHECKING:
    from mmlandmark.schemas import KeypointSchema

_SHOWN = 6


def category_orders(
    categories: Iterable[dict],
    schema: KeypointSchema,
    *,
    field: str = 'keypoints',
    where: str,
    assume_names: bool = False,
) -> dict[int, np.ndarray]:
    """Find the categories that carry the names of a schema, in whatever order.

    Args:
        categories: The ``categories`` of a COCO file.
        schema: The schema that is looked for.
        field: The category key that holds the names.
        where: File name, for messages.
        assume_names: Take a category without any names to be in the schema's order.

    Returns:
        Category id -> (K,) int64: where in the category each point of the schema stands.

    Raises:
        LandmarkError: No category has exactly the schema's names; the message lists what differs.
    """
    orders: dict[int, np.ndarray] = {}
    problems = []
    for category in categories:
        if not isinstance(category, dict) or type(category.get('id')) is not int:
            raise LandmarkError(f'{where}: a category without an integer id: {category!r:.80}')
        names = category.get(field) or []
        if not names and assume_names:
            orders[category['id']] = np.arange(schema.num_keypoints)
            continue
        problem = name_differences(names, schema, field)
        if problem is None:
            place = {name: index for index, name in enumerate(names)}
            orders[category['id']] = np.array([place[n] for n in schema.keypoints], dtype=np.int64)
        else:
            problems.append((len(set(names) & set(schema.keypoints)), category, problem))
    if not orders:
        if not problems:
            raise LandmarkError(
                f"{where}: 'categories' is empty; expected one with {field!r} names"
            )
        _, category, problem = max(problems, key=lambda item: item[0])
        raise LandmarkError(
            f'{where}: category {category["id"]} ({category.get("name", "unnamed")!r}) does not '
            f'carry schema {schema.name!r}: {problem}'
        )
    return orders


def name_differences(names: Any, schema: KeypointSchema, field: str) -> str | None:
    """Say how the names of a category differ from a schema's, or None where they are the same set.

    Args:
        names: What the category lists.
        schema: The schema.
        field: The category key, for the message.
    """
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return f'{field!r} is not a list of names'
    if not names:
        return f'it lists no {field!r} names; add the {schema.num_keypoints} names of the schema'
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        return f'{field!r} lists {_listed(repeated)} more than once'
    known, listed = set(schema.keypoints), set(names)
    missing = [name for name in schema.keypoints if name not in listed]
    foreign = [name for name in names if name not in known]
    parts = []
    if missing:
        parts.append(f'the category lacks {_listed(missing)}')
    if foreign:
        hints = [f'{name}{nearest(name, missing)}' for name in foreign]
        parts.append(f'the schema lacks {_listed(hints)}')
    return '; '.join(parts) or None


def _listed(names: Sequence[str]) -> str:
    more = f' and {len(names) - _SHOWN} more' if len(names) > _SHOWN else ''
    return ', '.join(names[:_SHOWN]) + more
