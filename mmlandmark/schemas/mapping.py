"""A fixed rule from one schema to another: every point a weighted mean of others."""

from __future__ import annotations

import collections.abc
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas.conversion import Conversion
from mmlandmark.schemas.files import read_json_object, write_json_object
from mmlandmark.schemas.registry import get_schema
from mmlandmark.schemas.rules import check_rule, weighted_means
from mmlandmark.schemas.schema import KeypointSchema

FIELDS = ('name', 'description', 'source', 'target', 'rules')


@dataclass(frozen=True, eq=False)
class Mapping:
    """How target keypoints follow from source keypoints.

    Args:
        name: Name of the mapping, as ``coco17-to-mpii16``.
        source: Schema of the points that are given.
        target: Schema of the points that are wanted.
        rules: For each target point that is covered: the name of one source point, a list of
            source points whose mean it is, or a dict of source points and weights. Kept as dicts.
        description: Where the rules come from.

    Raises:
        LandmarkError: A name is unknown, weights are not finite or do not sum to one, or no
            point is covered; the message names the mapping and the keypoint.
    """

    name: str
    source: KeypointSchema
    target: KeypointSchema
    # a Rule in a call; an instance has the weight of each source point
    rules: collections.abc.Mapping[str, Any]
    description: str = ''

    def __post_init__(self) -> None:
        if not self.rules:
            raise LandmarkError(f'mapping {self.name!r} covers no keypoint of {self.target.name!r}')
        rules = {
            target: check_rule(self.name, self.source, self.target, target, rule)
            for target, rule in self.rules.items()
        }
        ordered = {t: MappingProxyType(rules[t]) for t in self.target.keypoints if t in rules}
        object.__setattr__(self, 'rules', MappingProxyType(ordered))

    @cached_property
    def matrix(self) -> np.ndarray:
        """The weights, (T, S) float64, read-only; rows of uncovered targets are zero."""
        matrix = np.zeros((self.target.num_keypoints, self.source.num_keypoints))
        for target, rule in self.rules.items():
            for source, weight in rule.items():
                matrix[self.target.index(target), self.source.index(source)] = weight
        matrix.setflags(write=False)
        return matrix

    @cached_property
    def covered(self) -> np.ndarray:
        """Which target points have a rule, (T,) bool, read-only."""
        covered = np.array([name in self.rules for name in self.target.keypoints])
        covered.setflags(write=False)
        return covered

    @property
    def coverage(self) -> str:
        """How many target points are covered, and which are not, in words."""
        given = f'{self.name}: {len(self.rules)} of {self.target.num_keypoints} keypoints'
        missing = [name for name in self.target.keypoints if name not in self.rules]
        return f'{given}; not given: {", ".join(missing)}' if missing else given

    @property
    def source_schema(self) -> KeypointSchema:
        """The schema of the points that are given."""
        return self.source

    @property
    def target_schema(self) -> KeypointSchema:
        """The schema of the points that are wanted."""
        return self.target

    def apply(self, points: np.ndarray, visible: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Convert points.

        Args:
            points: (..., S, 2) coordinates; what stands at unlabelled points, NaN included,
                has no influence.
            visible: (..., S) COCO's v; a point is labelled where it is above zero.

        Returns:
            The target points (..., T, 2) float64 and their v (..., T) uint8: the least v of
            the sources (at most 2). A point of which any source is unlabelled, or that has no
            rule, is (0, 0) with v 0.

        Raises:
            LandmarkError: The shapes do not fit, or a labelled point is NaN or infinite.
        """
        points, visible = np.asarray(points, dtype=np.float64), np.asarray(visible)
        shape = (*points.shape[:-2], self.source.num_keypoints)
        if points.ndim < 2 or points.shape != (*shape, 2) or visible.shape != shape:
            raise LandmarkError(
                f'mapping {self.name!r}: schema {self.source.name!r} has '
                f'{self.source.num_keypoints} keypoints, found points of shape {points.shape} '
                f'and visibility of shape {visible.shape}'
            )
        self._check_finite(points, visible > 0)
        return weighted_means(self.matrix, points, visible)

    def convert(
        self, points: np.ndarray, visible: np.ndarray, bboxes: np.ndarray | None = None
    ) -> Conversion:
        """Convert (N, S, 2) points with (N, S) visibility; a mapping infers nothing.

        Args:
            points: (N, S, 2) image coordinates.
            visible: (N, S) COCO's v.
            bboxes: Not needed by a mapping.

        Raises:
            LandmarkError: As ``apply``.
        """
        moved, values = self.apply(points, visible)
        return Conversion(points=moved, visible=values, inferred=np.zeros(values.shape, dtype=bool))

    def commutes_with_flip(self) -> bool:
        """Whether mirroring before and after give the same points."""
        flipped = self.matrix[self.target.flip_indices][:, self.source.flip_indices]
        return bool(np.allclose(flipped, self.matrix, rtol=0, atol=1e-12))

    def inverse(self) -> Mapping:
        """Return the way back, if every rule is a plain renaming.

        Raises:
            LandmarkError: A target is a mean, or a source is used twice; names the keypoint.
        """
        rules: dict[str, str] = {}
        for target, rule in self.rules.items():
            source = next(iter(rule))
            if len(rule) > 1:
                raise LandmarkError(
                    f'mapping {self.name!r} has no inverse: keypoint {target!r} is a mean of '
                    f'{", ".join(rule)}'
                )
            if source in rules:
                raise LandmarkError(
                    f'mapping {self.name!r} has no inverse: {source!r} gives both '
                    f'{rules[source]!r} and {target!r}'
                )
            rules[source] = target
        name = f'{self.target.name}-to-{self.source.name}'
        return Mapping(name, self.target, self.source, rules, f'The inverse of {self.name}.')

    @classmethod
    def between(cls, source: KeypointSchema, target: KeypointSchema) -> Mapping:
        """Return the mapping that copies the points whose names both schemas have.

        Raises:
            LandmarkError: They share no name.
        """
        shared = {name: name for name in target.keypoints if name in source.keypoints}
        name = f'{source.name}-to-{target.name}'
        return cls(name, source, target, shared, 'Keypoints of equal names.')

    @classmethod
    def from_json(
        cls, content: collections.abc.Mapping[str, Any], folder: str | Path | None = None
    ) -> Mapping:
        """Make a mapping from plain dicts.

        Args:
            content: The fields ``name``, ``source``, ``target``, ``rules`` and ``description``;
                a schema is a name, a path or a dict.
            folder: Paths of schemas are looked up here first.

        Raises:
            LandmarkError: A field is missing or unknown, or the content is no valid mapping.
        """
        for key in content:
            if key not in FIELDS:
                raise LandmarkError(f'a mapping has no field {key!r}, only {", ".join(FIELDS)}')
        missing = [key for key in FIELDS if key != 'description' and key not in content]
        if missing:
            raise LandmarkError(f'a mapping needs the field {missing[0]!r}')
        schemas = {key: get_schema(_beside(content[key], folder)) for key in ('source', 'target')}
        return cls(
            content['name'],
            **schemas,
            rules=content['rules'],
            description=content.get('description', ''),
        )

    @classmethod
    def from_file(cls, path: str | Path) -> Mapping:
        """Read the JSON file of a mapping.

        Raises:
            LandmarkError: The file cannot be read or is no mapping; names the file.
        """
        content = read_json_object(path)
        try:
            return cls.from_json(content, Path(path).parent)
        except LandmarkError as error:
            raise LandmarkError(f'{path}: {error}') from error
        except (TypeError, AttributeError, KeyError, ValueError) as error:
            raise LandmarkError(f'{path}: not a mapping: {error!r}') from error

    def to_json(self) -> dict[str, Any]:
        """Return the mapping, both schemas included, as plain dicts."""
        return {
            'name': self.name,
            'description': self.description,
            'source': self.source.to_json(),
            'target': self.target.to_json(),
            'rules': {target: dict(rule) for target, rule in self.rules.items()},
        }

    def save(self, path: str | Path, overwrite: bool = False) -> None:
        """Write ``to_json`` to a file, whole or not at all.

        Raises:
            LandmarkError: The file exists and ``overwrite`` is False.
        """
        write_json_object(path, self.to_json(), overwrite)

    def _check_finite(self, points: np.ndarray, labelled: np.ndarray) -> None:
        bad = labelled & ~np.isfinite(points).all(axis=-1)
        if bad.any():
            at = tuple(np.argwhere(bad)[0])
            entry = f'entry {", ".join(map(str, at[:-1]))}, ' if len(at) > 1 else ''
            raise LandmarkError(
                f'mapping {self.name!r}: {entry}keypoint {self.source.keypoints[at[-1]]!r} is '
                f'labelled but lies at {points[at].tolist()}, expected finite coordinates'
            )

    def _content(self) -> tuple[Any, ...]:
        rules = frozenset((t, frozenset(rule.items())) for t, rule in self.rules.items())
        return (self.name, self.source, self.target, rules, self.description)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and self._content() == other._content()

    def __hash__(self) -> int:
        return hash(self._content())

    def __deepcopy__(self, memo: dict[int, Any]) -> Mapping:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return mapping_from_json, (self.to_json(),)


def mapping_from_json(content: dict[str, Any]) -> Mapping:
    """Return the mapping of ``to_json``'s dict; what unpickling a mapping calls."""
    return Mapping.from_json(content)


def _beside(schema: Any, folder: str | Path | None) -> Any:
    if folder is not None and isinstance(schema, str) and (Path(folder) / schema).is_file():
        return Path(folder) / schema
    return schema
