"""Default colours by side, told apart also by readers with a colour vision deficiency."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

Color = tuple[int, int, int]

LEFT: Color = (0, 114, 178)
RIGHT: Color = (230, 159, 0)
MIDLINE: Color = (128, 128, 128)


def keypoint_colors(keypoints: Sequence[str], partners: Mapping[str, str]) -> tuple[Color, ...]:
    """Return one RGB colour per keypoint: blue left, orange right, grey on the midline.

    Args:
        keypoints: All names.
        partners: The name of the swap partner of each keypoint that has one.
    """
    order = {name: index for index, name in enumerate(keypoints)}

    def color(name: str) -> Color:
        partner = partners.get(name)
        if partner is None:
            return MIDLINE
        if _says(name, 'left') != _says(partner, 'left'):
            return LEFT if _says(name, 'left') else RIGHT
        return LEFT if order[name] < order[partner] else RIGHT

    return tuple(color(name) for name in keypoints)


def skeleton_colors(
    skeleton: Sequence[tuple[str, str]], colors: Mapping[str, Color]
) -> tuple[Color, ...]:
    """Return one RGB colour per link: that of its ends' side, grey where the sides differ."""

    def color(link: tuple[str, str]) -> Color:
        sides = {colors[name] for name in link}
        if len(sides) > 1:
            sides.discard(MIDLINE)
        return sides.pop() if len(sides) == 1 else MIDLINE

    return tuple(color(link) for link in skeleton)


def _says(name: str, side: str) -> bool:
    """Whether a name carries ``left`` (or ``l``) as a word."""
    words = re.split(r'[^a-z]+', re.sub(r'(?<=[a-z])(?=[A-Z])', '_', name).lower())
    return side in words or side[0] in words
