import numpy as np
import pytest
from coco_files import CROSS, SQUARE

from mmlandmark.visualization.drawing import draw_points, draw_side_by_side

POINTS = np.array([[30.0, 10], [10, 10], [30, 40], [10, 40]])
SEEN = np.full(4, 2)


def blank(height=50, width=60):
    return np.zeros((height, width, 3), dtype=np.uint8)


def test_small_pictures_are_enlarged_and_large_ones_kept():
    assert max(draw_points(blank(), POINTS, SEEN, SQUARE).shape) == 480
    assert draw_points(blank(700, 900), POINTS, SEEN, SQUARE).shape == (700, 900, 3)


def test_both_panels_stand_side_by_side_and_the_picture_is_not_changed():
    image = blank(500, 400)
    canvas = draw_side_by_side(image, POINTS, SEEN, SQUARE, POINTS[None, :3], SEEN[None, :3], CROSS)
    assert canvas.shape == (500, 804, 3)
    assert not image.any()
    assert canvas[:, :400].any() and canvas[:, 404:].any()


def test_each_labelled_point_has_its_colour_and_unlabelled_ones_are_not_drawn():
    places = np.array([[300, 100], [100, 100], [300, 400], [100, 400]])
    visible = np.array([2, 1, 0, 2])
    canvas = draw_points(blank(500, 500), places, visible, SQUARE)
    for index, (x, y) in enumerate(places):
        expected = SQUARE.colors[index][::-1] if visible[index] else (0, 0, 0)
        assert tuple(canvas[y, x]) == tuple(expected)


def test_links_are_drawn_between_labelled_points_only():
    places = np.array([[300, 100], [100, 100], [300, 400], [100, 400]])
    canvas = draw_points(blank(500, 500), places, np.array([2, 2, 0, 2]), SQUARE)
    assert canvas[100, 200].any()
    assert not canvas[400, 200].any()


def test_inferred_points_are_hollow():
    places = np.array([[250, 250], [100, 100], [300, 400]])
    inferred = np.array([True, False, False])
    canvas = draw_points(blank(500, 500), places, np.full(3, 2), CROSS, inferred)
    assert tuple(canvas[250, 250]) == (255, 255, 255)
    assert tuple(canvas[400, 300]) != (255, 255, 255)


@pytest.mark.parametrize('place', [-1e9, 1e9])
def test_points_far_outside_the_picture_do_no_harm(place):
    draw_points(blank(), np.full((4, 2), place), SEEN, SQUARE)


def test_numbers_are_written_on_demand_beside_points_within_the_picture():
    places = np.array([[250.0, 250], [100, 100], [1e9, 400]])
    plain, numbered = (
        draw_points(blank(500, 500), places, np.full(3, 2), CROSS, numbers=on)
        for on in (False, True)
    )
    changed = np.argwhere((plain != numbered).any(axis=-1))
    distance = [np.abs(changed - place[::-1]).max(axis=1) for place in places[:2]]
    assert len(changed) and (np.minimum(*distance) < 30).all()


def test_points_that_are_no_numbers_are_not_drawn():
    places = np.array([[300.0, 100], [np.nan, 100], [300, 400], [np.inf, 400]])
    drawn = draw_points(blank(500, 500), places, SEEN, SQUARE)
    without = draw_points(blank(500, 500), places, np.array([2, 0, 2, 0]), SQUARE)
    np.testing.assert_array_equal(drawn, without)


def test_marks_of_small_instances_in_large_pictures_do_not_hide_each_other():
    places = POINTS * 4 + 2000  # 120 pixels high
    canvas = draw_points(blank(3000, 4000), places, SEEN, SQUARE)
    for index, (x, y) in enumerate(places.astype(int)):
        assert tuple(canvas[y, x]) == tuple(SQUARE.colors[index][::-1])
    drawn = canvas[200:].any(axis=-1).sum()  # without the name
    assert drawn < 0.25 * 120 * 80
    large = draw_points(blank(3000, 4000), POINTS * 60, SEEN, SQUARE)
    assert large[200:].any(axis=-1).sum() > 20 * drawn, 'marks grow with the instance'
