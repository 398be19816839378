import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlandmark.annotations.arrays import box_rows, keypoint_rows, number_rows
from mmlandmark.errors import LandmarkError

NAMES = ('nose', 'chin')
GOOD = [1, 2, 2, 3.5, 4, 0]


def read(*rows, ids=(11, 12, 13)):
    return keypoint_rows(
        list(rows), NAMES, ids[: len(rows)], where='x.json', field='keypoints', expected='6 numbers'
    )


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.lists(
            st.one_of(st.integers(-(10**6), 10**6), st.floats(allow_nan=False, width=64)),
            min_size=5,
            max_size=5,
        ),
        max_size=6,
    )
)
def test_number_rows_are_what_numpy_makes_of_them(rows):
    expected = np.array(rows, dtype=np.float64).reshape(len(rows), 5)
    np.testing.assert_array_equal(number_rows(rows, 5), expected)


@pytest.mark.parametrize(
    'rows', [[[1, '2']], [[1, None]], [[1, 2, 3]], [[1, [2]]], [(1, 2)], [[1, 10**400]]]
)
def test_number_rows_refuse_what_is_not_a_row_of_numbers(rows):
    assert number_rows([[1, 2], *rows], 2) is None


@pytest.mark.parametrize(
    ('row', 'said'),
    [
        ([1, 2, 2], r'has 3 numbers \(1 keypoints\); expected 6 numbers'),
        ([1, 2], 'not a multiple of three'),
        ([[1, 2, 2], [3, 4, 2]], 'is nested: 2 lists'),
        ([1, 2, 2, None, 4, 2], 'holds None at chin'),
        ([1, '2', 2, 3, 4, 2], "holds '2' at nose"),
        (None, 'is None'),
        ({'x': 1}, 'flat list'),
        ([1, 2, 2, 3, float('nan'), 2], 'chin is .*nan'),
        ([1, 2, 2, float('inf'), 4, 2], 'chin is .*inf'),
        ([1, 2, 3, 3, 4, 2], 'visibility of nose is 3'),
        ([1, 2, 2, 3, 4, -1], 'visibility of chin is -1'),
        ([1, 2, 0.5, 3, 4, 1], 'visibility of nose is 0.5'),
        ([1, 2, 2, 10**400, 4, 2], 'too large'),
    ],
)
def test_bad_keypoints_name_file_annotation_and_keypoint(row, said):
    with pytest.raises(LandmarkError, match=said) as error:
        read(GOOD, row)
    assert "x.json: annotation 12: 'keypoints'" in str(error.value)


def test_good_keypoints_come_as_an_array():
    values = read(GOOD, GOOD)
    assert values.shape == (2, 2, 3)
    assert values[0].tolist() == [[1, 2, 2], [3.5, 4, 0]]
    assert read().shape == (0, 2, 3)


def test_boxes_become_corners_and_absent_ones_nan():
    boxes = box_rows([[1, 2, 3, 4], None], [5, 6], where='x.json')
    np.testing.assert_array_equal(boxes, [[1, 2, 4, 6], [np.nan] * 4])


@pytest.mark.parametrize('box', [[1, 2, 3], [1, 2, 3, 'x'], [1, 2, -3, 4], [1, 2, 3, np.nan], 7])
def test_bad_boxes_name_the_annotation(box):
    with pytest.raises(LandmarkError, match="x.json: annotation 6: 'bbox'"):
        box_rows([[1, 2, 3, 4], box], [5, 6], where='x.json')
