"""A named keypoint definition, checked once and then immutable."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.schemas import checks, colors, metainfo
from mmlandmark.schemas.colors import Color
from mmlandmark.schemas.files import read_json_object
from mmlandmark.schemas.literal import read_literals

DEFAULT_SIGMA = 0.05
"""Spread of a keypoint whose schema states none; COCO's own go from 0.025 to 0.107."""


@dataclass(frozen=True, eq=False)
class KeypointSchema:
    """The names of a set of keypoints and everything that follows from them.

    Two schemas are equal when all their contents are; swap pairs are kept in keypoint order, so
    the order in which they are given does not matter. Instances are hashable, picklable and
    shared, never copied.

    Args:
        name: Name of the schema, as ``coco17``.
        keypoints: The names in channel order, all different.
        swaps: Left/right pairs; a keypoint in no pair is on the midline.
        skeleton: Links to draw, and the graph of graph networks.
        sigmas: Spread per keypoint, relative to the object scale, as in COCO's OKS;
            ``DEFAULT_SIGMA`` for all when None.
        weights: Loss weight per keypoint (MMPose's ``joint_weights``); ones when None.
        colors: RGB per keypoint; by side when None.
        skeleton_colors: RGB per link; by the sides of its ends when None.
        regions: Named groups of keypoints. ``upper_body`` and ``lower_body`` are MMPose's
            keypoint types.
        normalizers: Named reference distances: two ends, each a keypoint or several keypoints
            whose mean it is.
        description: Anything that a reader should know.
        layout: Where a drawing of the schema puts a keypoint: name -> (x, y), any unit, y down,
            the person's right on the left; keypoints may be left out. Two schemas that differ in
            it alone are equal.

    Raises:
        LandmarkError: A name is unknown or given twice, swaps contradict each other, or a list
            has the wrong length; the message names the schema and the keypoint.
    """

    name: str
    keypoints: tuple[str, ...]
    swaps: tuple[tuple[str, str], ...] = ()
    skeleton: tuple[tuple[str, str], ...] = ()
    # None in a call only: an instance has the defaults
    sigmas: tuple[float, ...] = None  # type: ignore[assignment]
    weights: tuple[float, ...] = None  # type: ignore[assignment]
    colors: tuple[Color, ...] = None  # type: ignore[assignment]
    skeleton_colors: tuple[Color, ...] = None  # type: ignore[assignment]
    regions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    normalizers: Mapping[str, tuple[checks.Side, checks.Side]] = field(default_factory=dict)
    description: str = ''
    layout: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        name, names = self.name, checks.check_keypoints(self.name, self.keypoints)
        checked: dict[str, Any] = {'keypoints': names}
        checked['swaps'] = checks.check_swaps(name, self.swaps, names)
        checked['skeleton'] = skeleton = checks.check_skeleton(name, self.skeleton, names)
        sigmas = _given(self.sigmas, (DEFAULT_SIGMA,) * len(names))
        checked['sigmas'] = checks.check_numbers(name, 'sigmas', sigmas, names, positive=True)
        weights = _given(self.weights, (1.0,) * len(names))
        checked['weights'] = checks.check_numbers(name, 'weights', weights, names, positive=False)
        by_side = colors.keypoint_colors(names, dict(_both(checked['swaps'])))
        point_colors = _given(self.colors, by_side)
        checked['colors'] = checks.check_colors(name, 'colors', point_colors, names)
        by_name = dict(zip(names, checked['colors'], strict=True))
        link_colors = _given(self.skeleton_colors, colors.skeleton_colors(skeleton, by_name))
        checked['skeleton_colors'] = checks.check_colors(
            name, 'skeleton_colors', link_colors, skeleton
        )
        checked['regions'] = MappingProxyType(checks.check_regions(name, self.regions, names))
        checked['normalizers'] = MappingProxyType(
            checks.check_normalizers(name, self.normalizers, names)
        )
        checked['layout'] = MappingProxyType(checks.check_layout(name, self.layout, names))
        for key, value in checked.items():
            object.__setattr__(self, key, value)

    @property
    def num_keypoints(self) -> int:
        """How many keypoints there are."""
        return len(self.keypoints)

    @property
    def flip_indices(self) -> np.ndarray:
        """The index of each keypoint's mirror partner, (K,) int64; its own on the midline."""
        partner = dict(_both(self.swaps))
        return np.array([self.index(partner.get(n, n)) for n in self.keypoints], dtype=np.int64)

    def index(self, name: str) -> int:
        """Return the position of a keypoint; a LandmarkError names the nearest one."""
        try:
            return self._positions[name]
        except (KeyError, TypeError):
            checks.check_name(self.name, name, self.keypoints, 'a request')
            raise

    def indices(self, names: str | Iterable[str]) -> np.ndarray:
        """Return the positions of keypoints or regions, (N,) int64, each position once.

        Args:
            names: Keypoint and region names in the wanted order; one name may come alone.

        Raises:
            LandmarkError: A name is neither a keypoint nor a region.
        """
        found: dict[int, None] = {}
        for name in (names,) if isinstance(names, str) else names:
            members = (name,) if name in self._positions else self.regions.get(name)
            if members is None:
                known = [*self.keypoints, *self.regions]
                raise LandmarkError(
                    f'schema {self.name!r} has no keypoint or region {name!r}{nearest(name, known)}'
                )
            found.update(dict.fromkeys(self._positions[member] for member in members))
        return np.array(list(found), dtype=np.int64)

    def same_keypoints(self, other: KeypointSchema) -> bool:
        """Whether both have the same keypoint names in the same order."""
        return self.keypoints == other.keypoints

    def differences(self, other: KeypointSchema) -> str:
        """Say in words how the keypoints of two schemas differ; empty when they agree."""
        parts = []
        for one, two in ((self, other), (other, self)):
            missing = [n for n in one.keypoints if n not in two._positions]
            if missing:
                parts.append(f'only {one.name!r} has {", ".join(missing)}')
        if not parts and not self.same_keypoints(other):
            at = next(i for i, n in enumerate(self.keypoints) if other.keypoints[i] != n)
            parts.append(
                f'the order differs from keypoint {at} on: {self.keypoints[at]!r} in '
                f'{self.name!r}, {other.keypoints[at]!r} in {other.name!r}'
            )
        mine, theirs = dict(_both(self.swaps)), dict(_both(other.swaps))
        parts += [
            f'keypoint {n!r} swaps with {mine.get(n, n)!r} in {self.name!r}, with '
            f'{theirs.get(n, n)!r} in {other.name!r}'
            for n in self.keypoints
            if n in other._positions and mine.get(n, n) != theirs.get(n, n)
        ]
        return '; '.join(parts)

    @classmethod
    def from_metainfo(cls, info: Mapping[str, Any]) -> KeypointSchema:
        """Make a schema from a raw ``dataset_info`` or from metainfo that MMPose has parsed.

        Args:
            info: Either form; a raw one may be ``{'from_file': path}``, and a parsed one that
                carries a ``schema`` (or its JSON) gives that.

        Raises:
            LandmarkError: Neither form, or it contradicts itself.
        """
        if 'schema' in info:
            schema = info['schema']
            return schema if isinstance(schema, cls) else cls.from_json(schema)
        if 'from_file' in info:
            return cls.from_file(metainfo.find_dataset_info(info['from_file']))
        return cls(**metainfo.schema_arguments(info))

    @classmethod
    def from_file(cls, path: str | Path) -> KeypointSchema:
        """Read a ``dataset_info`` file (.py, parsed, never run) or the JSON of ``to_json``.

        Raises:
            LandmarkError: The file cannot be read or its content is no schema; names the file.
        """
        if Path(path).suffix == '.json':
            content = read_json_object(path)
            build: Callable[[dict[str, Any]], KeypointSchema] = cls.from_json
        else:
            content, build = read_literals(path), cls.from_metainfo
            if not isinstance(content.get('dataset_info'), dict):
                raise LandmarkError(f'{path}: defines no dataset_info = dict(...)')
            content = content['dataset_info']
        try:
            return build(content)
        except LandmarkError as error:
            raise LandmarkError(f'{path}: {error}') from error
        except (TypeError, AttributeError, KeyError, ValueError) as error:
            raise LandmarkError(f'{path}: not a schema: {error!r}') from error

    def to_metainfo(self) -> dict[str, Any]:
        """Return a raw ``dataset_info`` that MMPose's ``parse_pose_metainfo`` accepts."""
        return metainfo.dataset_info(self)

    def to_category(self, id: int = 1) -> dict[str, Any]:
        """Return the COCO category: keypoint names, and links as 1-based positions."""
        return {
            'id': id,
            'name': self.name,
            'supercategory': self.name,
            'keypoints': list(self.keypoints),
            'skeleton': [[self.index(a) + 1, self.index(b) + 1] for a, b in self.skeleton],
        }

    def to_json(self) -> dict[str, Any]:
        """Return the whole schema as plain dicts, lists, strings and numbers."""
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self)}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> KeypointSchema:
        """Make a schema from the result of ``to_json``.

        Raises:
            LandmarkError: A field is missing or unknown, or the content is no valid schema.
        """
        known = [f.name for f in fields(cls)]
        for key in content:
            if key not in known:
                raise LandmarkError(f'a schema has no field {key!r}{nearest(key, known)}')
        for key in ('name', 'keypoints'):
            if key not in content:
                raise LandmarkError(f'a schema needs the field {key!r}')
        return cls(**content)

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {name: index for index, name in enumerate(self.keypoints)}

    @cached_property
    def _content(self) -> tuple[Any, ...]:
        values = (getattr(self, f.name) for f in fields(self) if f.name != 'layout')
        return tuple(
            tuple(sorted(v.items())) if isinstance(v, MappingProxyType) else v for v in values
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KeypointSchema) and self._content == other._content

    def __hash__(self) -> int:
        return hash(self._content)

    def __deepcopy__(self, memo: dict[int, Any]) -> KeypointSchema:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return schema_from_json, (self.to_json(),)


def schema_from_json(content: dict[str, Any]) -> KeypointSchema:
    """Return the schema of ``to_json``'s dict; what unpickling a schema calls."""
    return KeypointSchema.from_json(content)


def _given(values: Any, default: tuple[Any, ...]) -> Any:
    # arrays have no truth value, and MMPose's files write [] for "none stated"
    return default if values is None or len(values) == 0 else values


def _both(swaps: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    for first, second in swaps:
        yield first, second
        yield second, first


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, tuple):
        return [_plain(entry) for entry in value]
    return value
