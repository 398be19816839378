"""What a union must satisfy; every error names the members and the keypoints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.schemas.schema import KeypointSchema

if TYPE_CHECKING:
    from mmlandmark.schemas.union import SchemaUnion

UNION = 'union'
"""Reserved name: all channels of a union."""

Point = tuple[str, str]
"""A member's name and the name of one of its keypoints."""

Holders = dict[str, list[Point]]
"""The member points of each channel."""


def check_members(union: str, members: Iterable[KeypointSchema]) -> tuple[KeypointSchema, ...]:
    """Return the members as a tuple: at least one, of different names, none named ``union``."""
    members = tuple(members)
    seen: dict[str, KeypointSchema] = {}
    if not members:
        raise LandmarkError(f'union {union!r} has no members; it needs at least one schema')
    for member in members:
        if member.name == UNION:
            raise LandmarkError(
                f'union {union!r}: a member may not be named {UNION!r}, which stands for all '
                'channels of the union'
            )
        if member.name in seen:
            words = seen[member.name].differences(member)
            how = f'whose definitions differ: {words}' if words else 'of the same keypoints'
            raise LandmarkError(f'union {union!r} has two members named {member.name!r}, {how}')
        seen[member.name] = member
    return members


def check_channels(
    schema: KeypointSchema,
    members: tuple[KeypointSchema, ...],
    channels: Mapping[str, Iterable[str]],
) -> dict[str, tuple[str, ...]]:
    """Return the channels of each member: one for each point, and a point for each channel."""
    where = f'union {schema.name!r}'
    names = [member.name for member in members]
    for name in channels:
        if name not in names:
            raise LandmarkError(f'{where} has no member {name!r}{nearest(name, names)}')
    checked = {}
    for member in members:
        given = tuple(channels.get(member.name, ()))
        if len(given) != member.num_keypoints:
            missing = member.keypoints[len(given)] if len(given) < member.num_keypoints else None
            what = f': {missing!r} has no channel' if missing else ''
            raise LandmarkError(
                f'{where}: member {member.name!r} has {member.num_keypoints} keypoints but '
                f'{len(given)} channels{what}'
            )
        taken: dict[str, str] = {}
        for keypoint, channel in zip(member.keypoints, given, strict=True):
            if channel not in schema._positions:
                raise LandmarkError(
                    f'{where}: {member.name}.{keypoint} has the channel {channel!r}, which does '
                    f'not exist{nearest(channel, schema.keypoints)}'
                )
            if channel in taken:
                raise LandmarkError(
                    f'{where}: channel {channel!r} holds two points of one member, '
                    f'{member.name}.{taken[channel]} and {member.name}.{keypoint}'
                )
            taken[channel] = keypoint
        checked[member.name] = given
    held = {channel for given in checked.values() for channel in given}
    for channel in schema.keypoints:
        if channel not in held:
            raise LandmarkError(f'{where}: channel {channel!r} holds no point of any member')
    return checked


def holders(members: Iterable[KeypointSchema], channels: Mapping[str, Iterable[str]]) -> Holders:
    """Return the member points of each channel, in member order."""
    held: Holders = {}
    for member in members:
        for keypoint, channel in zip(member.keypoints, channels[member.name], strict=True):
            held.setdefault(channel, []).append((member.name, keypoint))
    return held


def union_swaps(
    union: str, members: Iterable[KeypointSchema], channels: Mapping[str, Iterable[str]]
) -> dict[str, str]:
    """Return the mirror partner of each channel, its own on the midline.

    Raises:
        LandmarkError: The points of a channel go to different channels under a flip.
    """
    partners: dict[str, tuple[str, str]] = {}
    for member in members:
        names = member.keypoints
        channel = dict(zip(names, channels[member.name], strict=True))
        for name, other in zip(names, member.flip_indices.tolist(), strict=True):
            says = _mirrored(member.name, name, names[other], channel[names[other]])
            known, words = partners.setdefault(channel[name], (channel[names[other]], says))
            if known != channel[names[other]]:
                raise LandmarkError(
                    f'union {union!r}: the points of channel {channel[name]!r} contradict each '
                    f'other under a flip: {words}, but {says}; merge both sides or neither'
                )
    return {channel: partner for channel, (partner, _) in partners.items()}


def check_union_swaps(
    schema: KeypointSchema,
    members: Iterable[KeypointSchema],
    channels: Mapping[str, Iterable[str]],
) -> None:
    """Raise a LandmarkError where the union's own swaps are not those of its members."""
    wanted = union_swaps(schema.name, members, channels)
    flip = schema.flip_indices
    for index, channel in enumerate(schema.keypoints):
        partner = schema.keypoints[flip[index]]
        if partner != wanted[channel]:
            raise LandmarkError(
                f'union {schema.name!r}: channel {channel!r} swaps with {partner!r}, but by its '
                f'members with {wanted[channel]!r}'
            )


def differences(one: SchemaUnion, two: SchemaUnion) -> str:
    """Say in words how channels and members of two unions differ."""
    first, second = f'union {one.name!r}', f'union {two.name!r}'
    if first == second:
        first, second = 'the one', 'the other'
    parts = [_channel_differences(one.schema, two.schema, first, second)]
    for a, b, who in ((one, two, first), (two, one, second)):
        extra = [name for name in a.channels if name not in b.channels]
        if extra:
            parts.append(f'only {who} has the member {", ".join(extra)}')
    for member in one.members:
        if member.name not in two.channels:
            continue
        words = member.differences(two.member(member.name))
        if words:
            parts.append(f'the members {member.name!r} differ: {words}')
            continue
        both = zip(one.channels[member.name], two.channels[member.name], strict=True)
        parts += [
            f'{member.name}.{keypoint} is channel {a!r} in {first}, {b!r} in {second}'
            for keypoint, (a, b) in zip(member.keypoints, both, strict=True)
            if a != b
        ]
    return '; '.join(part for part in parts if part)


def _channel_differences(one: KeypointSchema, two: KeypointSchema, first: str, second: str) -> str:
    parts = []
    for a, b, who in ((one, two, first), (two, one, second)):
        extra = [name for name in a.keypoints if name not in b._positions]
        if extra:
            parts.append(f'only {who} has the channels {", ".join(extra)}')
    if not parts and not one.same_keypoints(two):
        at = next(i for i, n in enumerate(one.keypoints) if two.keypoints[i] != n)
        parts.append(
            f'channel {at} is {one.keypoints[at]!r} in {first}, {two.keypoints[at]!r} in {second}'
        )
    return '; '.join(parts)


def _mirrored(member: str, name: str, other: str, channel: str) -> str:
    where = f'channel {channel!r}'
    if name == other:
        return f'{member}.{name} stays in {where}'
    return f'{member}.{name} swaps with {member}.{other} of {where}'
