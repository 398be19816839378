"""Fixed and trained conversions behind one face, as a head or a metric needs them."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.models.converters.checkpoint import load_converter
from mmlandmark.models.converters.converter import KeypointConverter
from mmlandmark.schemas import Conversion, KeypointSchema, Mapping, get_mapping, get_schema

NAMES = 'names'
"""The conversion that copies the points whose names both schemas have."""
CHECKPOINT_SUFFIXES = ('.pth', '.pt')


@dataclass(frozen=True, eq=False)
class PointConversion:
    """A mapping or a trained converter.

    Deliberately no torch module: whoever holds one keeps its own state dict as it was.

    Args:
        method: What converts.
    """

    method: Mapping | KeypointConverter

    @property
    def name(self) -> str:
        """Name of the mapping, or ``source-to-target_network``."""
        return self.method.name

    @property
    def source(self) -> KeypointSchema:
        """The schema of the points that are given."""
        return self.method.source_schema

    @property
    def target(self) -> KeypointSchema:
        """The schema of the points that are wanted."""
        return self.method.target_schema

    @cached_property
    def covered(self) -> np.ndarray:
        """Which target points it can give at all, (T,) bool; see ``covered_targets``."""
        if isinstance(self.method, Mapping):
            return self.method.covered
        return self.method.covered.cpu().numpy()

    @cached_property
    def influence(self) -> np.ndarray:
        """The share of each source point in each target, (T, S) float64.

        Rows sum to one; that of a point that is not covered is zero.
        """
        if isinstance(self.method, Mapping):
            strength = np.abs(self.method.matrix)
        else:
            carries = self.method.supports().cpu().numpy()
            strength = np.abs(self.method.affine_weight.detach().double().cpu().numpy()) * carries
        total = strength.sum(axis=1, keepdims=True)
        return strength / np.where(total > 0, total, 1)

    @property
    def coverage(self) -> str:
        """How many target points are covered, and which are not, in words.

        Of a converter also which of them have no source point of their name: it has learned where
        they lie among the others.
        """
        if isinstance(self.method, Mapping):
            return self.method.coverage
        words = f'{self.name}: {self.covered.sum()} of {self.target.num_keypoints} keypoints'
        named = np.array([name in self.source.keypoints for name in self.target.keypoints])
        parts = {
            'not given': ~self.covered,
            'learned without a source of that name': self.covered & ~named,
        }
        for told, chosen in parts.items():
            if chosen.any():
                names = (n for n, c in zip(self.target.keypoints, chosen, strict=True) if c)
                words += f'; {told}: {", ".join(names)}'
        return words

    def convert(
        self, points: np.ndarray, visible: np.ndarray, bboxes: np.ndarray | None = None
    ) -> Conversion:
        """Convert (N, S, 2) image coordinates with (N, S) visibility and (N, 4) boxes."""
        return self.method.convert(points, visible, bboxes)


def load_conversion(
    conversion: str | Path | MappingType[str, Any] | Mapping | KeypointConverter,
    source_schema: Any = None,
    target_schema: Any = None,
) -> PointConversion:
    """Return a conversion, however it is given.

    Args:
        conversion: ``names`` (copy the points whose names both schemas have); the name of a
            shipped mapping; the path of a mapping (.json) or of a trained converter (.pth); the
            dict of a mapping; or either as an object.
        source_schema: Schema that it must start from; needed by ``names``.
        target_schema: Schema that it must lead to; needed by ``names``.

    Raises:
        LandmarkError: There is no such conversion, its file cannot be used, or it is between
            other schemas.
    """
    source = None if source_schema is None else get_schema(source_schema)
    target = None if target_schema is None else get_schema(target_schema)
    found = PointConversion(_method(conversion, source, target))
    for side, wanted in (('source', source), ('target', target)):
        schema = getattr(found, side)
        if wanted is not None and not wanted.same_keypoints(schema):
            raise LandmarkError(
                f'conversion {found.name!r} has {side} schema {schema.name!r}, expected '
                f'{wanted.name!r}: {wanted.differences(schema)}'
            )
    return found


def _method(
    conversion: Any, source: KeypointSchema | None, target: KeypointSchema | None
) -> Mapping | KeypointConverter:
    if isinstance(conversion, Mapping | KeypointConverter):
        return conversion
    if isinstance(conversion, MappingType):
        return Mapping.from_json(conversion)
    if not isinstance(conversion, str | Path):
        raise LandmarkError(
            f'conversion is {conversion!r}; expected {NAMES!r}, the name of a mapping, or the path '
            'of a mapping (.json) or of a trained converter (.pth)'
        )
    if str(conversion) == NAMES:
        if source is None or target is None:
            raise LandmarkError(f'conversion {NAMES!r} needs source_schema and target_schema')
        return Mapping.between(source, target)
    if Path(conversion).suffix in CHECKPOINT_SUFFIXES:
        return load_converter(conversion)
    return get_mapping(conversion)
