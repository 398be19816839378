"""Boxes against points: compared with pycocotools, and the limits one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlandmark.annotations.audit_checks import box_checks, duplicates, outside_image
from mmlandmark.geometry.boxes import boxes_from_points, xyxy_to_xywh


def check_of(finding, points, boxes, labelled=None, sizes=None):
    points, boxes = np.asarray(points, dtype=float), np.asarray(boxes, dtype=float)
    labelled = np.ones(points.shape[:2], dtype=bool) if labelled is None else labelled
    sizes = np.full((len(points), 2), 1000) if sizes is None else sizes
    return {c.finding: c for c in box_checks(points, labelled, boxes, sizes)}[finding]


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_coverage_is_what_pycocotools_calls_intersection_over_detection(seed):
    mask = pytest.importorskip('pycocotools.mask')
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, 100, (20, 1, 2)) + rng.uniform(-30, 30, (20, 5, 2))
    boxes = boxes_from_points(points + rng.uniform(-40, 40, (20, 1, 2)), np.ones((20, 5)))
    extent = xyxy_to_xywh(boxes_from_points(points, np.ones((20, 5))))
    check = check_of('box_covers_under_half', points, boxes)
    # with iscrowd the overlap is divided by the area of the first box
    expected = np.diag(mask.iou(extent, xyxy_to_xywh(boxes), [1] * 20))
    np.testing.assert_allclose(check.value, expected, atol=2e-3)
    clear = np.abs(expected - 0.5) > 2e-3
    np.testing.assert_array_equal(check.hit[clear], (expected < 0.5)[clear])
    apart = check_of('box_no_overlap', points, boxes)
    np.testing.assert_array_equal(apart.hit[clear], (expected == 0)[clear])


def test_a_box_that_touches_its_points_overlaps():
    points = [[[10, 10], [20, 20]]]
    assert not check_of('box_no_overlap', points, [[20, 0, 30, 30]]).hit[0]
    apart = check_of('box_no_overlap', points, [[23, 0, 30, 30]])
    assert apart.hit[0]
    assert apart.value[0] == pytest.approx(3, abs=0.02)


def test_points_on_a_line_and_single_points_are_covered_by_length_or_not_at_all():
    points = [[[10, 10], [30, 10]], [[10, 10], [30, 10]], [[5, 5], [5, 5]], [[5, 5], [5, 5]]]
    boxes = [[10, 0, 18, 20], [10, 0, 22, 20], [0, 0, 9, 9], [6, 6, 9, 9]]
    check = check_of('box_covers_under_half', points, boxes)
    np.testing.assert_allclose(check.value, [0.4, 0.6, 1, 0], atol=1e-3)
    np.testing.assert_array_equal(check.hit, [True, False, False, True])


@pytest.mark.parametrize(('inside', 'found'), [(10, False), (9, False), (8, True)])
def test_nine_of_ten_points_are_enough(inside, found):
    points = np.full((1, 10, 2), 50.0)
    points[0, inside:] = 90
    assert check_of('box_holds_under_90', points, [[40, 40, 60, 60]]).hit[0] == found


def test_rounding_at_the_border_of_a_tight_box_is_no_finding():
    points = np.random.default_rng(0).uniform(0, 500, (50, 4, 2))
    x1, y1, x2, y2 = boxes_from_points(points, np.ones((50, 4))).T
    # as a file keeps it: two decimals, and the width instead of the corner
    width, height = np.round(x2, 2) - np.round(x1, 2), np.round(y2, 2) - np.round(y1, 2)
    boxes = np.stack([x1.round(2), y1.round(2), x1.round(2) + width, y1.round(2) + height], axis=1)
    assert not check_of('box_holds_under_90', points, boxes).hit.any()


def test_boxes_without_area_or_points_are_not_compared_with_points():
    points = np.full((3, 2, 2), 50.0)
    boxes = np.array([[1, 1, 1, 9], [9, 1, 1, 9], [1, 1, 9, 9]], dtype=float)
    labelled = np.array([[True, True], [True, True], [False, False]])
    for finding in ('box_no_overlap', 'box_covers_under_half', 'box_holds_under_90'):
        check = check_of(finding, points, boxes, labelled)
        assert not check.hit.any()
        assert np.isnan(check.value).all()


def test_how_far_outside_is_the_larger_of_both_axes():
    points = np.array([[[-3, 5], [104, 58], [100, 50], [0, 0], [np.nan, 1]]])
    np.testing.assert_array_equal(outside_image(points, [[100, 50]]), [[3, 8, 0, 0, np.nan]])
    np.testing.assert_array_equal(outside_image(points, [[-1, -1]]), [[3, 0, 0, 0, np.nan]])


def test_duplicates_ignore_what_stands_at_unlabelled_points():
    points = np.arange(24.0).reshape(3, 4, 2)
    points[2] = points[0]
    points[2, 3] = 99
    labelled = np.ones((3, 4), dtype=bool)
    assert not duplicates(points, labelled, ['a', 'b', 'c']).hit.any()
    labelled[[0, 2], 3] = False
    check = duplicates(points, labelled, ['a', 'b', 'c'])
    assert check.hit.tolist() == [False, False, True]
    assert check.details == {2: 'the points of a'}
    labelled[2, 2] = False
    assert not duplicates(points, labelled, ['a', 'b', 'c']).hit.any()
