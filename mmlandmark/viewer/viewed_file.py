"""A COCO file as the viewer reads it: every schema that it carries, each with its points."""

from __future__ import annotations

import os
from collections.abc import Sequence

from mmlandmark.annotations.reader import CocoKeypoints, read_coco, read_coco_keypoints
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import KeypointSchema, get_schema, list_schemas


class ViewedFile:
    """The keypoints of a COCO file by schema, read and checked once.

    Args:
        source: Its path, or the parsed file.
        field: The annotation and category key of the points.
        schemas: Schemas that are taken where their names are those of a category, before the
            shipped ones.
        assume_names: Categories without names are in the order of the first of ``schemas``.
        name: What messages call it; the path by default.

    Attributes:
        name: The file, for messages.
        data: The parsed file.
        field: The annotation key of the points.
        assume_names: Whether categories without names are taken to be in order.
        schemas: The schemas that its categories carry, in their order.

    Raises:
        LandmarkError: Anything in the file that is not as it should be, or no keypoints in it.
    """

    def __init__(
        self,
        source: str | os.PathLike | dict,
        *,
        field: str = 'keypoints',
        schemas: Sequence[KeypointSchema] = (),
        assume_names: bool = False,
        name: str | None = None,
    ) -> None:
        self.data, self.name = read_coco(source, name=name)
        self.field = field
        self.assume_names = assume_names
        self._read: dict[tuple[str, ...], CocoKeypoints] = {}
        self.schemas = self._find_schemas(list(schemas))
        if not self.schemas:
            raise LandmarkError(
                f'{self.name}: no category lists names under {field!r}; say which schema the file '
                'has, and that names are assumed'
            )
        for schema in self.schemas:
            self.read(schema)

    def read(self, schema: KeypointSchema) -> CocoKeypoints:
        """Return the points of the annotations that carry a schema, in its order.

        Args:
            schema: One of ``schemas``, or one with the same names in another order.
        """
        if schema.keypoints not in self._read:
            self._read[schema.keypoints] = read_coco_keypoints(
                self.data,
                schema,
                keypoints_field=self.field,
                name=self.name,
                assume_names=self.assume_names,
            )
        return self._read[schema.keypoints]

    def same_names(self, schema: KeypointSchema) -> bool:
        """Whether one of the file's schemas has the names of another, in whatever order."""
        return any(set(own.keypoints) == set(schema.keypoints) for own in self.schemas)

    def _find_schemas(self, given: list[KeypointSchema]) -> list[KeypointSchema]:
        known = [*given, *map(get_schema, list_schemas())]
        found: dict[frozenset[str], KeypointSchema] = {}
        for category in self.data['categories']:
            names = category.get(self.field)
            if not names and self.assume_names and given:
                found.setdefault(frozenset(given[0].keypoints), given[0])
            elif names:
                schema = _known(names, known) or _own(category, names, self.name)
                found.setdefault(frozenset(schema.keypoints), schema)
        return list(found.values())


def _known(names: Sequence[str], schemas: Sequence[KeypointSchema]) -> KeypointSchema | None:
    return next((s for s in schemas if sorted(s.keypoints) == sorted(map(str, names))), None)


def _own(category: dict, names: Sequence[str], where: str) -> KeypointSchema:
    """The schema that a category states by itself: names and links, no sides."""
    try:
        links = [(names[a - 1], names[b - 1]) for a, b in category.get('skeleton') or []]
        return KeypointSchema(str(category.get('name', 'unnamed')), tuple(names), skeleton=links)
    except (TypeError, ValueError, IndexError) as error:
        reason = error if isinstance(error, LandmarkError) else 'its skeleton is not pairs of 1..K'
        raise LandmarkError(f'{where}: category {category.get("id")}: {reason}') from None
