import numpy as np
import pytest
from coco_files import SQUARE
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlandmark.annotations.category import category_orders
from mmlandmark.errors import LandmarkError

NAMES = list(SQUARE.keypoints)


def orders(*categories, **options):
    return category_orders(list(categories), SQUARE, where='x.json', **options)


@settings(max_examples=20, deadline=None)
@given(st.permutations(NAMES))
def test_names_in_any_order_are_found_by_name(names):
    order = orders({'id': 3, 'keypoints': names})[3]
    assert [names[i] for i in order] == NAMES


def test_categories_with_other_keypoints_are_left_out():
    found = orders({'id': 1, 'name': 'car'}, {'id': 2, 'keypoints': NAMES})
    assert list(found) == [2]


def test_names_that_differ_are_listed_with_the_nearest():
    names = ['left_top', 'right_top', 'left_botom', 'navel']
    with pytest.raises(LandmarkError) as error:
        orders({'id': 4, 'name': 'box', 'keypoints': names})
    said = str(error.value)
    assert "x.json: category 4 ('box') does not carry schema 'square'" in said
    assert 'the category lacks left_bottom, right_bottom' in said
    assert "left_botom (did you mean 'left_bottom'?)" in said
    assert 'navel' in said


@pytest.mark.parametrize(
    ('categories', 'said'),
    [
        ([], 'is empty'),
        ([{'id': 1}], "lists no 'keypoints' names"),
        ([{'id': 1, 'keypoints': [*NAMES, 'left_top']}], 'left_top more than once'),
        ([{'id': 1, 'keypoints': 'left_top'}], 'not a list of names'),
        ([{'id': 'one', 'keypoints': NAMES}], 'without an integer id'),
        ([['left_top']], 'without an integer id'),
    ],
)
def test_bad_categories_are_refused(categories, said):
    with pytest.raises(LandmarkError, match=said):
        orders(*categories)


def test_a_category_without_names_may_be_taken_at_its_word():
    np.testing.assert_array_equal(orders({'id': 1}, assume_names=True)[1], np.arange(4))
    with pytest.raises(LandmarkError, match='lacks'):
        orders({'id': 1, 'keypoints': ['navel']}, assume_names=True)
