"""Drawings of channel keypoints: dots lie where the points are, whatever the enlargement."""

from __future__ import annotations

import numpy as np
import pytest

from mmlandmark.visualization.channel_overlay import channel_color, draw_channel_points, enlarge
from mmlandmark.visualization.channel_panels import (
    FOUND_COLOR,
    ChannelMaps,
    draw_channel_maps,
)

GREY = np.full((60, 80, 3), 127, dtype=np.uint8)


def _centre(drawn: np.ndarray, color: tuple[int, int, int], below: int = 0) -> np.ndarray:
    """The middle of what has a colour, from the corner of the picture, (x, y)."""
    rows, columns = np.nonzero((drawn[below:] == color).all(axis=-1))
    return np.array([columns.mean() + 0.5, rows.mean() + below + 0.5])


@pytest.mark.parametrize('point', [(40.0, 50.0), (33.3, 41.7), (70.5, 30.5)])
def test_a_dot_is_centred_on_its_point(point):
    drawn = draw_channel_points(GREY, np.array([point]), np.array([1]), ('corner', 'flap'))
    assert drawn.shape == (360, 480, 3) and (GREY == 127).all()
    assert np.abs(_centre(drawn, channel_color(1), 100) - 6 * np.array(point)).max() < 0.35


def test_large_pictures_keep_their_size_and_points_far_outside_or_nan_do_no_harm():
    large = np.zeros((500, 700, 3), dtype=np.uint8)
    points = np.array([[1e9, -1e9], [np.nan, 3.0]])
    drawn = draw_channel_points(large, points, np.array([0, 0]), ('corner',))
    assert drawn.shape == large.shape
    nothing = draw_channel_points(large, np.empty((0, 2)), np.empty(0), ('corner',))
    assert nothing.shape == large.shape and nothing.any()  # the name and the count


def test_channels_have_colours_of_their_own_and_enlarging_says_by_what():
    assert len({channel_color(channel) for channel in range(7)}) == 7
    assert channel_color(7) == channel_color(0)
    larger, scale = enlarge(np.zeros((10, 20, 3), np.uint8), 100)
    assert larger.shape == (50, 100, 3) and scale == 5


def test_panels_show_both_point_sets_and_maps_to_the_scale_of_the_picture():
    """Input 45 x 31, maps of stride 4: the last cells reach beyond the input and are cut."""
    targets, predicted = np.zeros((2, 8, 12)), np.zeros((2, 8, 12))
    targets[0, 2, 5], predicted[1, 7, 11] = 1, 1
    maps = ChannelMaps(
        picture=np.full((31, 45, 3), 90, dtype=np.uint8),
        targets=targets,
        predicted=predicted,
        stride=4,
        true_points=np.array([[22.0, 10.0]]),
        true_ids=np.array([0]),
        found_points=np.array([[5.0, 6.0], [40.0, 20.0]]),
        found_ids=np.array([1, 1]),
    )
    drawn = draw_channel_maps(maps, ('corner', 'flap'))
    scale, band, gap = 256 / 45, 22, 4
    height = round(31 * scale)
    assert drawn.shape == (2 * (height + band), 3 * 256 + 2 * gap, 3)
    corner, flap = drawn[: height + band], drawn[height + band :]
    # a cross for each found point, in the row of its channel, on the picture and on the map
    assert not (corner == FOUND_COLOR).all(axis=-1).any()
    for panel in (flap[band:, :256], flap[band:, -256:]):
        for point in maps.found_points:
            x, y = (point * scale).astype(int)
            near = panel[y - 3 : y + 4, x - 3 : x + 4]
            assert (np.abs(near.astype(int) - FOUND_COLOR).sum(axis=-1) < 60).any()
    # the bright cell of the target: its middle is at the point
    target = corner[band:, 256 + gap : 512 + gap].astype(int)
    bright = target.sum(axis=-1) > 500
    x, y = (np.array([22.0, 10.0]) * scale).astype(int)
    assert bright[y, x] and not bright[y, x + 60] and not bright[y + 60, x]
    # the last cell is cut at the edge of the input
    last = flap[band:, -256:].astype(int).sum(axis=-1)
    assert last[-1, -1] > 500
