import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlandmark.annotations.face_boxes import choose_boxes, share_inside
from mmlandmark.errors import LandmarkError

# Ten points on a line from (10, 20) to (100, 110).
POINTS = np.linspace((10, 20), (100, 110), 10)[None]
SEEN = np.full((1, 10), 2)
TIGHT = [10, 20, 100, 110]
NAN = [np.nan] * 4


def choose(box, *args, **kwargs):
    boxes, used = choose_boxes(POINTS, SEEN, np.array([box], float), *args, **kwargs)
    return boxes[0].tolist(), str(used[0])


def test_share_counts_the_border_and_labelled_points_only():
    boxes = np.array([[10, 20, 50, 60]])
    assert share_inside(POINTS, SEEN, boxes)[0] == 0.5
    hidden = SEEN.copy()
    hidden[0, 5:] = 0
    assert share_inside(POINTS, hidden, boxes)[0] == 1
    assert np.isnan(share_inside(POINTS, SEEN * 0, boxes)[0])
    assert np.isnan(share_inside(POINTS, SEEN, np.array([NAN]))[0])


@pytest.mark.parametrize(('right', 'used'), [(90, 'annotation'), (89, 'landmarks')])
def test_auto_rebuilds_below_nine_tenths(right, used):
    box = [0, 0, right, 200]
    expected = box if used == 'annotation' else TIGHT
    assert choose(box, margin=0) == (expected, used)
    assert choose(box, margin=0, source='annotation') == (box, 'annotation')
    assert choose(box, margin=0, source='landmarks') == (TIGHT, 'landmarks')


def test_margin_grows_each_side_and_stops_at_the_picture():
    assert choose(NAN, None, margin=0.5)[0] == [-35, -25, 145, 155]
    assert choose(NAN, np.array([[120, 300]]), margin=0.5)[0] == [0, 0, 120, 155]
    assert choose(NAN, np.array([[-1, -1]]), margin=0.5)[0] == [-35, -25, 145, 155]


def test_a_box_of_the_annotation_is_not_clipped():
    box = [-50, -50, 500, 500]
    assert choose(box, np.array([[120, 120]])) == (box, 'annotation')


@pytest.mark.parametrize('box', [NAN, [10, 20, 10, 110], [100, 110, 10, 20], [0, 0, 0, 0]])
@pytest.mark.parametrize('source', ['annotation', 'auto'])
def test_a_box_without_area_is_replaced_and_said(box, source):
    assert choose(box, source=source, margin=0) == (TIGHT, 'landmarks')


def test_without_points_the_annotation_stays_and_without_both_nothing():
    box = np.array([[0, 0, 9, 9], NAN], float)
    for source in ('annotation', 'landmarks', 'auto'):
        boxes, used = choose_boxes(np.zeros((2, 10, 2)), np.zeros((2, 10)), box, None, source)
        assert used.tolist() == ['annotation', '']
        np.testing.assert_array_equal(boxes, box)


def test_one_point_spans_no_box():
    one = np.zeros((1, 10))
    one[0, 3] = 2
    boxes, used = choose_boxes(POINTS, one, np.array([NAN]))
    assert used[0] == '' and np.isnan(boxes).all()


def test_what_stands_at_unlabelled_points_has_no_influence():
    points, seen = POINTS.copy(), SEEN.copy()
    seen[0, 4], points[0, 4] = 0, np.nan
    box = np.array([[0, 0, 50, 200]])
    a = choose_boxes(points, seen, box)
    points[0, 4] = -1e6
    np.testing.assert_array_equal(a[0], choose_boxes(points, seen, box)[0])


@given(st.integers(0, 10**6), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=30, deadline=None)
def test_rows_do_not_touch_each_other_and_sources_are_true(seed, margin, covered):
    rng = np.random.default_rng(seed)
    points, seen = rng.uniform(0, 100, (6, 5, 2)), rng.integers(0, 2, (6, 5))
    given_boxes = rng.uniform(0, 100, (6, 4))
    boxes, used = choose_boxes(points, seen, given_boxes, None, 'auto', margin, covered)
    for row in range(6):
        alone = choose_boxes(
            points[row : row + 1], seen[row : row + 1], given_boxes[row : row + 1], None, 'auto',
            margin, covered,
        )  # fmt: skip
        np.testing.assert_array_equal(alone[0][0], boxes[row])
        if used[row] == 'annotation':
            np.testing.assert_array_equal(boxes[row], given_boxes[row])
        if used[row] == 'landmarks':
            assert share_inside(points, seen, boxes)[row] == 1


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'source': 'landmark'}, "unknown box source 'landmark' .did you mean 'landmarks'"),
        ({'margin': -0.1}, 'margin is -0.1'),
        ({'margin': float('nan')}, 'margin is nan'),
        ({'covered': 90}, 'covered is 90'),
    ],
)
def test_wrong_settings_are_one_line(options, message):
    with pytest.raises(LandmarkError, match=message):
        choose(TIGHT, **options)
