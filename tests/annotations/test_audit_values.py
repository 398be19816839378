import numpy as np
import pytest

from mmlandmark.annotations.audit_values import (
    UNREADABLE,
    WRONG_COUNT,
    is_number,
    lenient_boxes,
    lenient_keypoints,
)


def test_null_and_nan_are_kept_as_nan():
    values, faults = lenient_keypoints([[1, 2, 2, None, float('nan'), 1]], 2)
    np.testing.assert_array_equal(values, [[[1, 2, 2], [np.nan, np.nan, 1]]])
    assert faults == [None]


@pytest.mark.parametrize(
    ('row', 'reason', 'detail'),
    [
        ([1, 2, 2], WRONG_COUNT, '3 numbers; expected 6'),
        ([1, 2, 2, 3, '4', 1], UNREADABLE, "'4'; expected a flat list of 6 numbers"),
        ([1, 2, 2, 3, {}, 1], UNREADABLE, '{}; expected a flat list'),
        ([[1, 2, 2], [3, 4, 1]], UNREADABLE, '[1, 2, 2]; expected a flat list'),
        ([1, 2, 2, 3, 10**400, 1], UNREADABLE, '1000'),
        (None, UNREADABLE, 'None; expected a list of 6 numbers'),
        ('text', UNREADABLE, "'text'; expected a list"),
    ],
)
def test_what_cannot_be_read_is_told_and_the_rest_is_read(row, reason, detail):
    good = [1, 2, 2, 3, 4, 0]
    values, faults = lenient_keypoints([good, row, good], 2)
    np.testing.assert_array_equal(values.reshape(2, 6), [good, good])
    assert (faults[0], faults[2]) == (None, None)
    assert faults[1][0] == reason
    assert faults[1][1].startswith(detail)


def test_no_rows():
    values, faults = lenient_keypoints([], 5)
    assert values.shape == (0, 5, 3)
    assert faults == []


def test_boxes_that_are_not_four_numbers_are_nan():
    rows = [[1, 2, 3, 4], [1, 2, -3, 4], None, [1, 2, 3], ['1', '2', '3', '4'], [1, 2, None, 4], 7]
    expected = np.full((7, 4), np.nan)
    expected[:2] = [[1, 2, 4, 6], [1, 2, -2, 6]]
    np.testing.assert_array_equal(lenient_boxes(rows), expected)


@pytest.mark.parametrize(
    ('value', 'expected'),
    [(1, True), (1.5, True), (float('inf'), True), (True, False), ('1', False), (10**400, False)],
)
def test_numbers(value, expected):
    assert is_number(value) is expected
