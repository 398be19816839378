"""The schema of a union: what its members say of its channels."""

from __future__ import annotations

import collections.abc
from collections.abc import Sequence
from typing import Any

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas.checks import BODY_HALVES, Side
from mmlandmark.schemas.schema import KeypointSchema
from mmlandmark.schemas.union_checks import Holders, union_swaps


def union_schema(
    name: str,
    members: Sequence[KeypointSchema],
    channels: collections.abc.Mapping[str, tuple[str, ...]],
    holders: Holders,
    description: str,
) -> KeypointSchema:
    """Return the union's own schema: what its members say, the first of them where several do.

    Raises:
        LandmarkError: Two points of one member share a channel, or swaps contradict each other.
    """
    _check_one_point_each(name, holders)
    partners = union_swaps(name, members, channels)
    by_name = {member.name: member for member in members}
    first = {channel: points[0] for channel, points in holders.items()}

    def of_first(field: str) -> list[Any]:
        return [getattr(by_name[m], field)[by_name[m].index(k)] for m, k in first.values()]

    links: dict[frozenset[str], tuple[tuple[str, str], Any]] = {}
    for member in members:
        to_channel = dict(zip(member.keypoints, channels[member.name], strict=True))
        for (a, b), color in zip(member.skeleton, member.skeleton_colors, strict=True):
            link = to_channel[a], to_channel[b]
            links.setdefault(frozenset(link), (link, color))
    return KeypointSchema(
        name=name,
        keypoints=tuple(holders),
        swaps=tuple((one, two) for one, two in partners.items() if one != two),
        skeleton=tuple(link for link, _ in links.values()),
        sigmas=tuple(of_first('sigmas')),
        weights=tuple(of_first('weights')),
        colors=tuple(of_first('colors')),
        skeleton_colors=tuple(color for _, color in links.values()),
        regions=_regions(members, channels, holders),
        normalizers=_normalizers(members, channels),
        description=description,
    )


def _check_one_point_each(union: str, holders: Holders) -> None:
    for channel, points in holders.items():
        seen: dict[str, str] = {}
        for member, keypoint in points:
            if member in seen:
                raise LandmarkError(
                    f'union {union!r}: channel {channel!r} holds two points of one member, '
                    f'{member}.{seen[member]} and {member}.{keypoint}'
                )
            seen[member] = keypoint


def _regions(
    members: Sequence[KeypointSchema],
    channels: collections.abc.Mapping[str, tuple[str, ...]],
    holders: Holders,
) -> dict[str, tuple[str, ...]]:
    """Return regions of one name joined; a half of the body goes by the first who places it."""
    regions: dict[str, dict[str, None]] = {}
    placed: set[str] = set()
    for member in members:
        to_channel = dict(zip(member.keypoints, channels[member.name], strict=True))
        halves = {to_channel[k] for half in BODY_HALVES for k in member.regions.get(half, ())}
        for region, keypoints in member.regions.items():
            names = dict.fromkeys(to_channel[keypoint] for keypoint in keypoints)
            if region in BODY_HALVES:
                names = {name: None for name in names if name not in placed}
            elif region in holders and (*names,) != (region,):
                region = f'{member.name}_{region}'  # a name means one thing
            if names:
                regions.setdefault(region, {}).update(names)
        placed |= halves
    return {
        region: tuple(names)
        for region, names in regions.items()
        if region not in holders or (*names,) == (region,)
    }


def _normalizers(
    members: Sequence[KeypointSchema], channels: collections.abc.Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[Side, Side]]:
    """Return the members' distances; one that says something else becomes ``MEMBER_LABEL``."""
    found: dict[str, tuple[Side, Side]] = {}
    for member in members:
        to_channel = dict(zip(member.keypoints, channels[member.name], strict=True))
        for label, (start, end) in member.normalizers.items():
            ends = _side(to_channel, start), _side(to_channel, end)
            if found.setdefault(label, ends) != ends:
                found[f'{member.name}_{label}'] = ends
    return found


def _side(to_channel: collections.abc.Mapping[str, str], side: Side) -> Side:
    return to_channel[side] if isinstance(side, str) else tuple(to_channel[k] for k in side)
