"""What a keypoint schema must satisfy; every error names the schema and the keypoint."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mmlandmark.errors import LandmarkError, nearest

Side = str | tuple[str, ...]
BODY_HALVES = ('upper_body', 'lower_body')


def check_name(schema: str, name: str, keypoints: Sequence[str], where: str) -> None:
    """Raise a LandmarkError, with the nearest name, when a name is not a keypoint."""
    if name not in keypoints:
        raise LandmarkError(
            f'schema {schema!r}: {where} names {name!r}, which is not one of its '
            f'{len(keypoints)} keypoints{nearest(name, keypoints)}'
        )


def check_keypoints(schema: str, keypoints: Iterable[str]) -> tuple[str, ...]:
    """Return the names as a tuple; they must be distinct, non-empty strings."""
    if not isinstance(schema, str) or not schema:
        raise LandmarkError(f'a schema needs a name, found {schema!r}')
    if isinstance(keypoints, str):
        raise LandmarkError(f'schema {schema!r}: keypoints must be a list of names, found a string')
    names = tuple(keypoints)
    if not names:
        raise LandmarkError(f'schema {schema!r} has no keypoints')
    seen: dict[str, int] = {}
    for index, name in enumerate(names):
        if not isinstance(name, str) or not name:
            raise LandmarkError(f'schema {schema!r}: keypoint {index} has no name, found {name!r}')
        if name in seen:
            raise LandmarkError(
                f'schema {schema!r}: keypoints {seen[name]} and {index} share the name {name!r}'
            )
        seen[name] = index
    return names


def check_swaps(
    schema: str, swaps: Iterable[Sequence[str]], keypoints: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """Return the swap pairs in the order of the keypoints; together they are an involution."""
    partner: dict[str, str] = {}
    for pair in swaps:
        first, second = _pair(schema, pair, keypoints, 'a swap pair')
        for name, other in ((first, second), (second, first)):
            if partner.get(name, other) != other:
                raise LandmarkError(
                    f'schema {schema!r}: keypoint {name!r} swaps with both {partner[name]!r} '
                    f'and {other!r}; a keypoint has one left/right partner'
                )
            partner[name] = other
    order = {name: index for index, name in enumerate(keypoints)}
    return tuple(
        (n, partner[n]) for n in keypoints if n in partner and order[n] < order[partner[n]]
    )


def swaps_from_partners(
    schema: str, partners: Mapping[str, str], keypoints: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """Return swap pairs from "name swaps with name" entries, which must agree both ways."""
    for name, other in partners.items():
        check_name(schema, other, keypoints, f'the swap of keypoint {name!r}')
        if partners.get(other) != name:
            answer = repr(partners[other]) if other in partners else 'nothing'
            raise LandmarkError(
                f'schema {schema!r}: keypoint {name!r} swaps with {other!r}, but {other!r} swaps '
                f'with {answer}; swaps must agree both ways'
            )
    return check_swaps(schema, partners.items(), keypoints)


def check_skeleton(
    schema: str, skeleton: Iterable[Sequence[str]], keypoints: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """Return the links as pairs of known, different names."""
    return tuple(_pair(schema, link, keypoints, 'a skeleton link') for link in skeleton)


def check_numbers(
    schema: str, what: str, values: Iterable[Any], keypoints: Sequence[str], *, positive: bool
) -> tuple[float, ...]:
    """Return one finite number per keypoint: above zero, or not below it."""
    numbers = tuple(values)
    if len(numbers) != len(keypoints):
        raise LandmarkError(
            f'schema {schema!r}: {len(numbers)} {what} for {len(keypoints)} keypoints'
        )
    for name, number in zip(keypoints, numbers, strict=True):
        try:
            value = float(number)
        except (TypeError, ValueError):
            value = math.nan
        if not math.isfinite(value) or value < 0 or (positive and value == 0):
            kind = 'positive' if positive else 'non-negative'
            raise LandmarkError(
                f'schema {schema!r}: keypoint {name!r} has {number!r} under {what}, '
                f'expected a finite {kind} number'
            )
    return tuple(float(number) for number in numbers)


def check_colors(
    schema: str, what: str, colors: Iterable[Sequence[int]], owners: Sequence[Any]
) -> tuple[tuple[int, int, int], ...]:
    """Return one RGB triple of 0 to 255 per keypoint or link."""
    triples = tuple(tuple(color) for color in colors)
    if len(triples) != len(owners):
        raise LandmarkError(f'schema {schema!r}: {len(triples)} {what} for {len(owners)} entries')
    for owner, triple in zip(owners, triples, strict=True):
        if len(triple) != 3 or any(c != int(c) or not 0 <= c <= 255 for c in triple):
            raise LandmarkError(
                f'schema {schema!r}: {owner!r} has {triple!r} under {what}, '
                'expected three integers from 0 to 255'
            )
    return tuple((int(r), int(g), int(b)) for r, g, b in triples)


def check_regions(
    schema: str, regions: Mapping[str, Iterable[str]], keypoints: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Return the named groups of keypoints.

    A region may bear a keypoint's name only if it is that keypoint alone, so that a name always
    means one thing.
    """
    checked = {}
    for region, members in regions.items():
        if isinstance(members, str):
            members = (members,)
        names = tuple(dict.fromkeys(members))
        if region in BODY_HALVES:  # MMPose keeps these as a mark on each keypoint, in their order
            names = tuple(sorted(names, key=lambda n: (n in keypoints) and keypoints.index(n)))
        for name in names:
            check_name(schema, name, keypoints, f'region {region!r}')
        if not names:
            raise LandmarkError(f'schema {schema!r}: region {region!r} has no keypoints')
        if region in keypoints and names != (region,):
            raise LandmarkError(
                f'schema {schema!r}: region {region!r} has the name of a keypoint but holds '
                f'{", ".join(names)}'
            )
        checked[str(region)] = names
    both = set(checked.get(BODY_HALVES[0], ())) & set(checked.get(BODY_HALVES[1], ()))
    if both:
        raise LandmarkError(
            f'schema {schema!r}: keypoint {min(both)!r} is in both upper_body and lower_body'
        )
    return checked


def check_normalizers(
    schema: str, normalizers: Mapping[str, Sequence[Side]], keypoints: Sequence[str]
) -> dict[str, tuple[Side, Side]]:
    """Return the named distances, each between two keypoints or two means of keypoints."""
    checked: dict[str, tuple[Side, Side]] = {}
    for label, ends in normalizers.items():
        if isinstance(ends, str) or len(ends) != 2:
            raise LandmarkError(
                f'schema {schema!r}: normalizer {label!r} needs two ends, found {ends!r}'
            )
        sides = [side if isinstance(side, str) else tuple(side) for side in ends]
        for side in sides:
            for name in (side,) if isinstance(side, str) else side:
                check_name(schema, name, keypoints, f'normalizer {label!r}')
        if not all(sides) or sides[0] == sides[1]:
            raise LandmarkError(
                f'schema {schema!r}: normalizer {label!r} needs two different ends, found {ends!r}'
            )
        checked[str(label)] = (sides[0], sides[1])
    return checked


def check_layout(
    schema: str, layout: Mapping[str, Sequence[float]], keypoints: Sequence[str]
) -> dict[str, tuple[float, float]]:
    """Return where a drawing puts keypoints, in their order: two finite numbers each."""
    for name, place in layout.items():
        check_name(schema, name, keypoints, 'the layout')
        if not _is_place(place):
            raise LandmarkError(
                f'schema {schema!r}: keypoint {name!r} has {place!r} under layout, expected two '
                'finite numbers, x and y'
            )
    return {n: (float(layout[n][0]), float(layout[n][1])) for n in keypoints if n in layout}


def _is_place(place: Any) -> bool:
    try:
        x, y = place
        return math.isfinite(x) and math.isfinite(y)
    except (TypeError, ValueError):
        return False


def _pair(
    schema: str, pair: Sequence[str], keypoints: Sequence[str], where: str
) -> tuple[str, str]:
    if isinstance(pair, str) or len(pair) != 2:
        raise LandmarkError(f'schema {schema!r}: {where} needs two names, found {pair!r}')
    for name in pair:
        check_name(schema, name, keypoints, where)
    if pair[0] == pair[1]:
        raise LandmarkError(f'schema {schema!r}: {where} joins {pair[0]!r} with itself')
    return pair[0], pair[1]
