from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlandmark.errors import LandmarkError
from mmlandmark.geometry.regions import (
    NO_AREA,
    NO_POINT,
    OUTSIDE,
    crop_slices,
    region_boxes,
    region_statistics,
)

GROUPS = {'eye': [0, 1], 'tip': [2], 'all': [0, 1, 2]}
POINTS = np.array([[[10.0, 20.0], [30.0, 20.0], [50.0, 60.0]]])
SEEN = np.full((1, 3), 2)


def test_boxes_by_hand():
    boxes, reasons = region_boxes(POINTS, SEEN, GROUPS, margin=0.1)
    # a flat group gets height from its longer side, a single point has none
    np.testing.assert_allclose(boxes[0, 0], [8, 18, 32, 22])
    assert np.isnan(boxes[0, 1]).all()
    np.testing.assert_allclose(boxes[0, 2], [6, 16, 54, 64])
    assert reasons.tolist() == [['', NO_AREA, '']]


def test_flat_groups_have_no_box_without_margin():
    assert region_boxes(POINTS, SEEN, GROUPS, margin=0)[1].tolist() == [[NO_AREA, NO_AREA, '']]


def test_boxes_end_at_the_picture():
    boxes, reasons = region_boxes(POINTS, SEEN, GROUPS, 0.1, np.array([[40, 30]]))
    np.testing.assert_allclose(boxes[0, 2], [6, 16, 40, 30])
    assert reasons.tolist() == [['', NO_AREA, '']]
    far, reasons = region_boxes(POINTS + 100, SEEN, GROUPS, 0.1, np.array([[40, 30]]))
    assert np.isnan(far).all()
    assert reasons.tolist() == [[OUTSIDE, NO_AREA, OUTSIDE]]


def test_unlabelled_points_have_no_influence():
    points, visible = POINTS.copy(), SEEN.copy()
    points[0, 2], visible[0, 2] = np.nan, 0
    boxes, reasons = region_boxes(points, visible, GROUPS, 0.1)
    assert reasons.tolist() == [['', NO_POINT, '']]
    np.testing.assert_allclose(boxes[0, 2], boxes[0, 0])


def test_nan_is_refused():
    points = POINTS.copy()
    points[0, 1, 0] = np.nan
    with pytest.raises(LandmarkError, match='instance 0, keypoint 1: is labelled but lies at'):
        region_boxes(points, SEEN, GROUPS)


@pytest.mark.parametrize(
    ('options', 'said'),
    [
        ({'groups': {}}, 'no region was given'),
        ({'groups': {'far': [3]}}, r"'far' holds the positions \[3\].*from 0 to 2"),
        ({'groups': {'none': []}}, "'none' holds the positions"),
        ({'groups': GROUPS, 'margin': -0.1}, 'margin of regions is -0.1'),
        ({'groups': GROUPS, 'sizes': np.array([[0, 5]])}, 'height above 0'),
    ],
)
def test_wrong_input(options, said):
    with pytest.raises(LandmarkError, match=said):
        region_boxes(POINTS, SEEN, **options)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 999), scale=st.floats(0.5, 20), margin=st.floats(0, 1))
def test_boxes_hold_their_points_and_move_with_them(seed, scale, margin):
    rng = np.random.default_rng(seed)
    points, groups = rng.normal(size=(4, 6, 2)) * 30, {'a': [0, 2, 4], 'b': [1, 5]}
    seen = np.ones((4, 6))
    boxes, _ = region_boxes(points, seen, groups, margin)
    for place, columns in enumerate(groups.values()):
        inside = points[:, columns]
        assert (inside >= boxes[:, place, None, :2] - 1e-9).all()
        assert (inside <= boxes[:, place, None, 2:] + 1e-9).all()
    moved, _ = region_boxes(points * scale + 7, seen, groups, margin)
    np.testing.assert_allclose(moved, boxes * scale + 7, rtol=1e-9, atol=1e-9)


def test_a_crop_holds_the_pixels_of_its_points():
    rows, columns = crop_slices(np.array([1.2, 0.0, 3.6, 2.0]), (5, 3))
    assert (rows, columns) == (slice(0, 3), slice(1, 5))


def test_statistics_by_hand():
    visible = np.array([[2, 2, 0]])
    boxes, _ = region_boxes(POINTS, visible, GROUPS, 0.1)
    figures = region_statistics(
        visible, GROUPS, boxes, np.array([[100, 80]]), np.array([[0.2, 0.6, np.nan]])
    )
    expected = {
        'points': [2, 0, 2],
        'width': [24, np.nan, 24],
        'height': [4, np.nan, 4],
        'center_x': [20, np.nan, 20],
        'center_y': [20, np.nan, 20],
        'area': [96, np.nan, 96],
        'aspect': [6, np.nan, 6],
        'area_share': [0.012, np.nan, 0.012],
        'mean_score': [0.4, np.nan, 0.4],
    }
    assert figures.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(figures[name], [values], err_msg=name)
