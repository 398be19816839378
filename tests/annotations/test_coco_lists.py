import numpy as np
import orjson
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mmlandmark.annotations.coco_lists import coco_fragments, coco_lists, name_lists

POINTS = arrays(
    np.float64,
    (5, 3, 2),
    elements=st.floats(-9000, 9000)
    | st.floats(-1e6, 1e6)
    | st.sampled_from([0.0, -0.0, 2.0, 12.0]),
)
VISIBLE = arrays(np.uint8, (5, 3), elements=st.integers(0, 2))


@settings(max_examples=50, deadline=None)
@given(POINTS, VISIBLE, st.integers(0, 5))
def test_lists_hold_rounded_points_and_integer_visibility(points, visible, decimals):
    lists = coco_lists(points, visible, decimals)
    values = np.array(lists).reshape(5, 3, 3)
    np.testing.assert_array_equal(values[..., :2], np.round(points, decimals))
    np.testing.assert_array_equal(values[..., 2], visible)
    assert all(type(v) is int for row in lists for v in row[2::3])
    assert '-0.0,' not in orjson.dumps(lists).decode()


@settings(max_examples=100, deadline=None)
@given(POINTS, VISIBLE, st.integers(0, 5))
def test_fragments_are_the_same_text_as_lists(points, visible, decimals):
    assert orjson.dumps(coco_fragments(points, visible, decimals)) == orjson.dumps(
        coco_lists(points, visible, decimals)
    )


def test_fragments_of_many_rows_of_which_one_is_large_and_of_none():
    points = np.random.default_rng(0).uniform(-100, 2000, (9000, 2, 2))
    points[5000] = 1e7
    visible = np.full((9000, 2), 2, dtype=np.uint8)
    assert orjson.dumps(coco_fragments(points, visible)) == orjson.dumps(
        coco_lists(points, visible)
    )
    assert coco_fragments(points[:0], visible[:0]) == []


@settings(max_examples=30, deadline=None)
@given(arrays(bool, (6, 3)))
def test_names_are_listed_for_rows_that_have_any(chosen):
    names = ('a', 'b', 'c')
    expected = [
        (row, [name for name, on in zip(names, flags, strict=True) if on])
        for row, flags in enumerate(chosen)
        if flags.any()
    ]
    assert name_lists(chosen, names) == expected
