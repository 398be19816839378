"""The converters that a session offers: mappings, trained ones, and drafts of the page."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.schemas import KeypointSchema, Mapping, get_mapping, list_mappings

if TYPE_CHECKING:
    from mmlandmark.apis.convert import Converter

MAPPING, CHECKPOINT = 'mapping', 'checkpoint'


@dataclass(frozen=True)
class Offered:
    """One converter that can be chosen.

    Attributes:
        id: What the page calls it.
        kind: ``mapping`` or ``checkpoint``.
        converter: The converter.
    """

    id: str
    kind: str
    converter: Converter


class ConverterShelf:
    """All converters of a session, those of the command line first.

    Args:
        mappings: Names or files of mappings.
        checkpoints: Files of trained converters, loaded without running code.
        device: Where trained ones compute.

    Raises:
        LandmarkError: A file cannot be read, or is no converter's.
    """

    def __init__(
        self,
        mappings: Sequence[str | os.PathLike | Mapping] = (),
        checkpoints: Sequence[str | os.PathLike] = (),
        device: str = 'cpu',
    ) -> None:
        self._offered: dict[str, Offered] = {}
        for given in mappings:
            self._add_given(get_mapping(given))
        for path in checkpoints:
            self._add_checkpoint(path, device)
        self.given = tuple(self._offered.values())
        for name in list_mappings():
            if name not in self._offered:
                self.add_mapping(get_mapping(name))

    def add_mapping(self, mapping: Mapping) -> str:
        """Offer a mapping, in the place of another of the same name; returns its id."""
        taken = self._offered.get(mapping.name)
        id = mapping.name if taken is None or taken.kind == MAPPING else f'{mapping.name} (mapping)'
        self._offered[id] = Offered(id, MAPPING, mapping)
        return id

    def get(self, id: str) -> Offered:
        """Return a converter; a LandmarkError names the nearest one."""
        if id not in self._offered:
            raise LandmarkError(f'there is no converter {id!r}{nearest(id, self._offered)}')
        return self._offered[id]

    def of_source(self, schema: KeypointSchema) -> list[Offered]:
        """Return the converters that take the points of a schema, in whatever order."""
        names = set(schema.keypoints)
        return [
            offered
            for offered in self._offered.values()
            if set(offered.converter.source_schema.keypoints) == names
        ]

    def _add_given(self, mapping: Mapping) -> None:
        """Offer a mapping of the command line beside others of its name."""
        id, copies = mapping.name, 1
        while id in self._offered and self._offered[id].converter != mapping:
            copies += 1
            id = f'{mapping.name} ({copies})'
        self._offered[id] = Offered(id, MAPPING, mapping)

    def _add_checkpoint(self, path: str | os.PathLike, device: str) -> None:
        from mmlandmark.apis.inferencer import LandmarkConverterInferencer

        id = Path(path).name if Path(path).name not in self._offered else str(path)
        converter = LandmarkConverterInferencer(path, device=device)
        self._offered[id] = Offered(id, CHECKPOINT, converter)


def draft_mapping(
    source: KeypointSchema,
    target: KeypointSchema,
    rules: dict[str, dict[str, float]],
    name: str = 'draft',
    description: str = '',
) -> Mapping | None:
    """Return what is being edited as a mapping, or None while it covers no point.

    Args:
        source: Schema of the points that are shown.
        target: Schema of the points that are wanted.
        rules: For each target point its source points and their weights.
        name: Name of the mapping.
        description: Its description.

    Raises:
        LandmarkError: A name is unknown, or the weights of a point do not sum to 1.
    """
    filled = {point: weights for point, weights in rules.items() if weights}
    if not filled:
        return None
    return Mapping(name, source, target, filled, description)
