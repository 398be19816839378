"""Default colours follow from the sides that the names state."""

from __future__ import annotations

import pytest

from mmlandmark.schemas.colors import LEFT, MIDLINE, RIGHT, keypoint_colors, skeleton_colors


@pytest.mark.parametrize(
    ('left', 'right'),
    [
        ('left_eye', 'right_eye'),
        ('mouth_left', 'mouth_right'),
        ('L_Eye', 'R_Eye'),
        ('eyeL', 'eyeR'),
    ],
)
@pytest.mark.parametrize('reverse', [False, True])
def test_names_tell_the_side(left: str, right: str, reverse: bool) -> None:
    names = [right, 'nose', left] if reverse else [left, 'nose', right]
    colors = dict(zip(names, keypoint_colors(names, {left: right, right: left}), strict=True))
    assert colors == {left: LEFT, 'nose': MIDLINE, right: RIGHT}


def test_numbered_pairs_are_told_apart_by_order() -> None:
    assert keypoint_colors(['p0', 'p1', 'p2'], {'p0': 'p2', 'p2': 'p0'}) == (LEFT, MIDLINE, RIGHT)


def test_a_link_has_the_side_of_its_ends() -> None:
    colors = {'l': LEFT, 'r': RIGHT, 'm': MIDLINE, 'n': MIDLINE}
    links = [('l', 'l'), ('l', 'm'), ('m', 'r'), ('l', 'r'), ('m', 'n')]
    assert skeleton_colors(links, colors) == (LEFT, LEFT, RIGHT, MIDLINE, MIDLINE)
