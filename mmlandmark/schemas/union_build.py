"""Which points of the members share a channel, and the order of the channels."""

from __future__ import annotations

import collections.abc
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.schemas.mapping import Mapping
from mmlandmark.schemas.schema import KeypointSchema
from mmlandmark.schemas.shipped_mappings import get_mapping
from mmlandmark.schemas.union_checks import Holders, Point


def merge_points(
    union: str,
    members: Sequence[KeypointSchema],
    merge: str | Path | Mapping | Iterable[str | Path | Mapping],
    merges: collections.abc.Mapping[str, str | Iterable[str]],
) -> Holders:
    """Return the channels in the order of the members' points, with the points of each.

    Raises:
        LandmarkError: A name is unknown, or a point is in two explicit channels.
    """
    explicit = _explicit(union, members, merges)
    stated = {point: channel for channel, points in explicit.items() for point in points}
    points = [(m.name, k) for m in members for k in m.keypoints]
    groups = _Groups(point for point in points if point not in stated)
    for rule in [merge] if isinstance(merge, str | Path | Mapping) else list(merge):
        for one, two in _links(union, members, rule):
            if one not in stated and two not in stated:
                groups.join(one, two)
    taken, found = set(explicit), {}
    for point in points:
        if point in stated:
            found[stated[point]] = explicit[stated[point]]
        elif groups.first(point) == point:
            found[_channel_name(union, point, taken)] = groups.members(point)
    return found


def ordered(
    union: str, members: Sequence[KeypointSchema], holders: Holders, order: Iterable[str]
) -> Holders:
    """Return the channels in a stated order.

    Raises:
        LandmarkError: The order misses or repeats a channel, or names none.
    """
    if isinstance(order, str):
        raise LandmarkError(f'union {union!r}: order is a list of channels, found {order!r}')
    entries = list(order)
    placed = [entry for entry in entries if entry in holders]
    for entry in placed:
        if placed.count(entry) > 1:
            raise LandmarkError(f'union {union!r}: the order names channel {entry!r} twice')
    free = dict.fromkeys(channel for channel in holders if channel not in placed)
    names: list[str] = []
    for entry in entries:
        block = [entry] if entry in holders else _block(union, members, holders, free, entry)
        for channel in block:
            free.pop(channel, None)
        names += block
    if free:
        raise LandmarkError(f'union {union!r}: the order misses channel {", ".join(free)}')
    return {name: holders[name] for name in names}


def member_channels(
    members: Sequence[KeypointSchema], holders: Holders
) -> dict[str, tuple[str, ...]]:
    """Return the channel of each point of each member."""
    where = {point: channel for channel, points in holders.items() for point in points}
    return {m.name: tuple(where[m.name, k] for k in m.keypoints) for m in members}


class _Groups:
    """Disjoint sets of points; the first point of a set, in the given order, stands for it."""

    def __init__(self, points: Iterable[Point]) -> None:
        self._rank = {point: rank for rank, point in enumerate(points)}
        self._sets = {point: [point] for point in self._rank}

    def join(self, one: Point, two: Point) -> None:
        big, small = self._sets[one], self._sets[two]
        if big is small:
            return
        if len(big) < len(small):
            big, small = small, big
        big += small
        self._sets.update((point, big) for point in small)

    def first(self, point: Point) -> Point:
        return min(self._sets[point], key=self._rank.__getitem__)

    def members(self, point: Point) -> list[Point]:
        return sorted(self._sets[point], key=self._rank.__getitem__)


def _links(
    union: str, members: Sequence[KeypointSchema], rule: str | Path | Mapping
) -> list[tuple[Point, Point]]:
    """Return the pairs of points that a merge rule puts together."""
    if rule == 'none':
        return []
    if rule == 'names':
        named: dict[str, Point] = {}
        points = [(m.name, k) for m in members for k in m.keypoints]
        return [(named.setdefault(point[1], point), point) for point in points]
    try:
        mapping = get_mapping(rule)
    except LandmarkError as error:
        raise LandmarkError(
            f"union {union!r}: merge is 'names', 'none' or a mapping, and {error}"
        ) from error
    source, target = (
        _mapped_member(union, members, mapping, schema)
        for schema in (mapping.source, mapping.target)
    )
    for keypoint, weights in mapping.rules.items():
        if len(weights) > 1:
            raise LandmarkError(
                f'union {union!r}: mapping {mapping.name!r} gives {keypoint!r} as a mean of '
                f'{", ".join(weights)}; only plain renamings can be merged'
            )
    return [((source, next(iter(w))), (target, k)) for k, w in mapping.rules.items()]


def _mapped_member(
    union: str, members: Sequence[KeypointSchema], mapping: Mapping, schema: KeypointSchema
) -> str:
    """Return the member that one side of a mapping speaks of, by its keypoints."""
    alike = [m.name for m in members if m.same_keypoints(schema)]
    if schema.name in alike or len(alike) == 1:
        return schema.name if schema.name in alike else alike[0]
    raise LandmarkError(
        f'union {union!r}: mapping {mapping.name!r} needs a member with the keypoints of '
        f'{schema.name!r}; the members are {", ".join(m.name for m in members)}'
    )


def _explicit(
    union: str,
    members: Sequence[KeypointSchema],
    merges: collections.abc.Mapping[str, str | Iterable[str]],
) -> Holders:
    rank = {(m.name, k): i for i, m in enumerate(members) for k in m.keypoints}
    known = {f'{m}.{k}': (m, k) for m, k in rank}
    channels: Holders = {}
    where: dict[Point, str] = {}
    for channel, references in merges.items():
        references = [references] if isinstance(references, str) else list(references)
        if not references:
            raise LandmarkError(f'union {union!r}: channel {channel!r} holds no member point')
        for reference in references:
            if reference not in known:
                raise LandmarkError(
                    f'union {union!r}: channel {channel!r} names {reference!r}, expected '
                    f'MEMBER.KEYPOINT of its members{nearest(reference, known)}'
                )
            point = known[reference]
            if point in where:
                both = f'{where[point]!r} and {channel!r}' if where[point] != channel else 'twice'
                raise LandmarkError(f'union {union!r}: {reference} is in two channels, {both}')
            where[point] = channel
        channels[channel] = sorted((known[r] for r in references), key=rank.__getitem__)
    return channels


def _channel_name(union: str, point: Point, taken: set[str]) -> str:
    member, keypoint = point
    for name in (keypoint, f'{member}_{keypoint}'):
        if name not in taken:
            taken.add(name)
            return name
    raise LandmarkError(
        f'union {union!r}: {member}.{keypoint} finds both {keypoint!r} and {name!r} taken; '
        'name its channel in merges'
    )


def _block(
    union: str,
    members: Sequence[KeypointSchema],
    holders: Holders,
    free: collections.abc.Mapping[str, None],
    entry: Any,
) -> list[str]:
    """Return the channels that ``member.*`` or ``-member.*`` stands for."""
    blocks = {f'{sign}{m.name}.*': m.name for m in members for sign in ('', '-')}
    if entry not in blocks:
        raise LandmarkError(
            f'union {union!r}: the order names {entry!r}, which is no channel'
            f'{nearest(str(entry), [*holders, *blocks])}'
        )
    place = {
        keypoint: channel
        for channel in free
        for member, keypoint in holders[channel]
        if member == blocks[entry]
    }
    member = next(m for m in members if m.name == blocks[entry])
    names = [place[keypoint] for keypoint in member.keypoints if keypoint in place]
    if not names:
        raise LandmarkError(f'union {union!r}: {entry!r} of the order stands for no channel')
    return names[::-1] if entry.startswith('-') else names
