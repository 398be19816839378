"""Panels side by side."""

import numpy as np
import pytest

pytest.importorskip('cv2')
from coco_files import CROSS, SQUARE  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.visualization.panels import BLANK, ERROR_LINE, SIDE, Panel, draw_panels  # noqa: E402

POINTS = np.array([[30.0, 10], [10, 10], [30, 40], [10, 40]])
SEEN = np.full(4, 2)


def panel(**changes):
    return Panel(**{'title': 'x', 'points': POINTS, 'visible': SEEN, 'schema': SQUARE} | changes)


def has_color(image, color):
    return bool((np.abs(image.astype(int) - color).sum(axis=-1) < 20).any())


def test_as_many_panels_as_asked_for():
    three = draw_panels(
        None, [panel(), panel(), panel(points=POINTS[:3], visible=SEEN[:3], schema=CROSS)]
    )
    assert three.shape[1] > 3 * SIDE and three.shape[0] > SIDE
    assert has_color(three, BLANK)


def test_the_picture_is_cut_out_around_the_points():
    picture = np.zeros((400, 400, 3), np.uint8)
    picture[150:250, 150:250] = (0, 200, 0)
    inside = draw_panels(picture, [panel(points=POINTS + 180)])
    middle = inside[SIDE // 2 :, SIDE // 4 : -SIDE // 4]  # the name of the schema is above
    assert has_color(middle, (0, 200, 0)) and not has_color(middle, BLANK)
    elsewhere = draw_panels(picture, [panel(points=POINTS + 5000)])
    assert not has_color(elsewhere, (0, 200, 0))


def test_lines_go_to_compared_points_only_where_there_are_any():
    far = POINTS + [8.0, 5.0]

    def drawn(**changes):
        # exactly this white, which letters and paper do not have
        return (draw_panels(None, [panel(**changes)]) == ERROR_LINE).all(axis=-1).any()

    assert drawn(compared=far)
    assert not drawn(compared=far * np.nan) and not drawn()


def test_unlabelled_points_influence_nothing():
    visible = np.array([2, 2, 2, 0])
    wild = POINTS.copy()
    wild[3] = np.nan
    np.testing.assert_array_equal(
        draw_panels(None, [panel(visible=visible)]),
        draw_panels(None, [panel(visible=visible, points=wild)]),
    )


def test_nothing_to_draw():
    with pytest.raises(LandmarkError, match='no panel has a visible point'):
        draw_panels(None, [panel(visible=np.zeros(4))])


def test_a_prediction_far_off_does_not_make_all_else_a_dot():
    wild = POINTS.copy()
    wild[0] = 1e7, -1e7
    labels, beside = panel(points=POINTS), panel(points=wild, compared=POINTS)
    drawn = draw_panels(None, [labels, beside])[80:, :SIDE]  # without title and name
    marks = np.argwhere((drawn != BLANK).any(axis=-1))
    assert np.ptp(marks, axis=0).max() > SIDE / 6


def test_predictions_stay_in_view_beside_one_label_alone():
    picture = draw_panels(
        None,
        [
            panel(visible=np.array([2, 0, 0, 0])),
            panel(points=POINTS * 9, visible=np.array([2, 2, 0, 0]), compared=POINTS),
        ],
    )
    right = picture[60:, SIDE:]
    assert has_color(right, SQUARE.colors[0][::-1]) and has_color(right, SQUARE.colors[1][::-1])
