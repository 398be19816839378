"""One schema that covers several, with the channel of every point of every member."""

from __future__ import annotations

import collections.abc
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.schemas import union_build, union_checks, union_schema
from mmlandmark.schemas.files import write_json_object
from mmlandmark.schemas.mapping import Mapping
from mmlandmark.schemas.registry import get_schema
from mmlandmark.schemas.schema import KeypointSchema
from mmlandmark.schemas.union_checks import UNION

FIELDS = ('schema', 'members', 'channels')


@dataclass(frozen=True, eq=False)
class SchemaUnion:
    """Several schemas in the channels of one head.

    Use ``SchemaUnion.build`` or ``get_union``; the constructor takes what they have worked out
    and checks it.

    Args:
        schema: The union's own schema: one keypoint per channel, in channel order.
        members: The schemas that it covers, of different names.
        channels: Member name -> the channel of each of the member's points, in member order.

    Raises:
        LandmarkError: Two members share a name, a channel holds no member point, a member point
            has no channel or shares one with another point of its member, or swaps contradict
            each other; the message names the members and the keypoints.
    """

    schema: KeypointSchema
    members: tuple[KeypointSchema, ...]
    channels: collections.abc.Mapping[str, tuple[str, ...]]

    def __post_init__(self) -> None:
        members = union_checks.check_members(self.schema.name, self.members)
        channels = union_checks.check_channels(self.schema, members, self.channels)
        union_checks.check_union_swaps(self.schema, members, channels)
        object.__setattr__(self, 'members', members)
        object.__setattr__(self, 'channels', MappingProxyType(channels))

    @classmethod
    def build(
        cls,
        *members: str | Path | collections.abc.Mapping[str, Any] | KeypointSchema,
        merge: str | Path | Mapping | Iterable[str | Path | Mapping] = 'names',
        merges: collections.abc.Mapping[str, str | Iterable[str]] | None = None,
        order: Iterable[str] | None = None,
        name: str | None = None,
        description: str = '',
    ) -> SchemaUnion:
        """Build the union of schemas.

        A channel takes the name of its first point in member order; where that name is taken, it
        is ``MEMBER_KEYPOINT``. Sigma, weight and colour of a channel are those of its first point.

        Args:
            members: The schemas, in any form that ``get_schema`` takes.
            merge: Which points of different members share a channel: ``names`` for those of
                equal names, ``none``, a mapping of plain renamings (or its name or path), or a
                list of these.
            merges: Channel name -> ``member.keypoint``, or a list of them: exactly the points of
                that channel, whatever ``merge`` says.
            order: The channels in order. ``member.*`` stands for the member's channels that are
                not placed otherwise, ``-member.*`` for the same backwards. By default the
                members one after the other.
            name: Name of the union; the member names joined by ``+`` when None.
            description: Anything that a reader should know.

        Raises:
            LandmarkError: A name is unknown, the order misses or repeats a channel, or the
                result is no valid union.
        """
        schemas = tuple(get_schema(member) for member in members)
        name = name or '+'.join(schema.name for schema in schemas)
        schemas = union_checks.check_members(name, schemas)
        holders = union_build.merge_points(name, schemas, merge, merges or {})
        if order is not None:
            holders = union_build.ordered(name, schemas, holders, order)
        channels = union_build.member_channels(schemas, holders)
        schema = union_schema.union_schema(name, schemas, channels, holders, description)
        return cls(schema, schemas, channels)

    @property
    def name(self) -> str:
        """Name of the union, which is that of its schema."""
        return self.schema.name

    @property
    def num_channels(self) -> int:
        """How many channels there are."""
        return self.schema.num_keypoints

    def member(self, name: str) -> KeypointSchema:
        """Return a member by its name; a LandmarkError names the nearest one."""
        if name not in self._members:
            known = ', '.join(self._members)
            raise LandmarkError(
                f'union {self.name!r} has no member {name!r}{nearest(name, self._members)}; '
                f'its members are {known}'
            )
        return self._members[name]

    def target(self, name: str) -> KeypointSchema:
        """Return the schema of a member, or the union's own for ``union``."""
        return self.schema if name == UNION else self.member(name)

    def channel_indices(self, name: str) -> np.ndarray:
        """Return the channel of each of a member's points, (K,) int64, read-only.

        Args:
            name: A member, or ``union`` for all channels in order.

        Raises:
            LandmarkError: There is no such member.
        """
        if name not in self._indices:
            self.member(name)
        return self._indices[name]

    def labelled(self, name: str) -> np.ndarray:
        """Return which channels a member (or ``union``) has points for, (C,) bool."""
        labelled = np.zeros(self.num_channels, dtype=bool)
        labelled[self.channel_indices(name)] = True
        return labelled

    def holders(self, channel: str) -> tuple[str, ...]:
        """Return the points of a channel, like ``('coco17.left_hip', 'mpii16.left_hip')``."""
        self.schema.index(channel)
        return self._holders[channel]

    def scatter(
        self, name: str, points: np.ndarray, visible: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Put a member's points into their channels.

        Args:
            name: The member.
            points: (..., K, D) coordinates.
            visible: (..., K) COCO's v.

        Returns:
            (..., C, D) and (..., C) of the same types; zero in channels that the member has not.
        """
        channels = self.channel_indices(name)
        spread = np.zeros((*points.shape[:-2], self.num_channels, points.shape[-1]), points.dtype)
        marks = np.zeros((*visible.shape[:-1], self.num_channels), visible.dtype)
        spread[..., channels, :], marks[..., channels] = points, visible
        return spread, marks

    def gather(
        self, name: str, points: np.ndarray, visible: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Take a member's points (..., K, D) and (..., K) out of (..., C, D) and (..., C)."""
        channels = self.channel_indices(name)
        return points[..., channels, :], visible[..., channels]

    def differences(self, other: SchemaUnion) -> str:
        """Say in words how channels and members differ; empty when they agree.

        Names of unions, sigmas and the like do not count: they change nothing that a trained head
        has learned.
        """
        return union_checks.differences(self, other)

    def same_channels(self, other: SchemaUnion) -> bool:
        """Whether a head trained for one serves the other: no ``differences``."""
        return not self.differences(other)

    def to_metainfo(self) -> dict[str, Any]:
        """Return a raw ``dataset_info`` of the union that MMPose accepts."""
        return self.schema.to_metainfo()

    def to_json(self) -> dict[str, Any]:
        """Return the union, its members included, as plain dicts, lists, strings and numbers."""
        return {
            'schema': self.schema.to_json(),
            'members': [member.to_json() for member in self.members],
            'channels': {member: list(names) for member, names in self.channels.items()},
        }

    @classmethod
    def from_json(cls, content: collections.abc.Mapping[str, Any]) -> SchemaUnion:
        """Make a union from the result of ``to_json``.

        Raises:
            LandmarkError: A field is missing or unknown, or the content is no valid union.
        """
        for key in content:
            if key not in FIELDS:
                raise LandmarkError(f'a union has no field {key!r}{nearest(key, FIELDS)}')
        for key in FIELDS:
            if key not in content:
                raise LandmarkError(f'a union needs the field {key!r}')
        members = tuple(get_schema(member) for member in content['members'])
        return cls(get_schema(content['schema']), members, content['channels'])

    def save(self, path: str | Path, overwrite: bool = False) -> None:
        """Write ``to_json`` to a file, whole or not at all.

        Raises:
            LandmarkError: The file exists and ``overwrite`` is False.
        """
        write_json_object(path, self.to_json(), overwrite)

    @cached_property
    def _members(self) -> dict[str, KeypointSchema]:
        return {member.name: member for member in self.members}

    @cached_property
    def _indices(self) -> dict[str, np.ndarray]:
        indices = {UNION: np.arange(self.num_channels, dtype=np.int64)}
        for member, names in self.channels.items():
            indices[member] = np.array([self.schema.index(n) for n in names], dtype=np.int64)
        for array in indices.values():
            array.setflags(write=False)
        return indices

    @cached_property
    def _holders(self) -> dict[str, tuple[str, ...]]:
        points = union_checks.holders(self.members, self.channels)
        return {c: tuple(f'{m}.{k}' for m, k in held) for c, held in points.items()}

    def _content(self) -> tuple[Any, ...]:
        return (self.schema, self.members, tuple(self.channels.items()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SchemaUnion) and self._content() == other._content()

    def __hash__(self) -> int:
        return hash(self._content())

    def __deepcopy__(self, memo: dict[int, Any]) -> SchemaUnion:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return union_from_json, (self.to_json(),)


def union_from_json(content: dict[str, Any]) -> SchemaUnion:
    """Return the union of ``to_json``'s dict; what unpickling a union calls."""
    return SchemaUnion.from_json(content)
