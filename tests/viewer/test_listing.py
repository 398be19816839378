"""Which pictures are listed and in which order."""

import numpy as np
import pytest

from mmlandmark.schemas import KeypointSchema
from mmlandmark.viewer.listing import Filter, list_pictures
from mmlandmark.viewer.measures import Layer

NAMES = ['B.png', 'a.png', None, 'b/c.png']
PICTURE_OF = np.array([0, 0, 1, 3])
VISIBLE = np.array([[2, 2], [2, 0], [0, 0], [1, 2]], dtype=np.uint8)
INFERRED = np.array([[0, 0], [0, 0], [0, 0], [1, 0]], dtype=bool)
DISTANCES = np.array([[0.1, 0.3], [0.5, np.nan], [np.nan, np.nan], [0.3, 0.0]])
LAYER = Layer(KeypointSchema('two', ('one', 'other')), np.zeros((4, 2, 2)), VISIBLE, INFERRED)


def listed(**wanted):
    return list_pictures(NAMES, PICTURE_OF, LAYER, DISTANCES, Filter(**wanted))


def test_a_picture_is_judged_by_its_worst_instance_and_all_its_points():
    found = listed()
    np.testing.assert_array_equal(found.instances, [2, 1, 0, 1])
    np.testing.assert_array_equal(found.missing, [1, 2, 0, 0])
    np.testing.assert_array_equal(found.inferred, [0, 0, 0, 1])
    np.testing.assert_allclose(found.errors, [0.5, np.nan, np.nan, 0.15])
    np.testing.assert_allclose(found.instance_errors, [0.2, 0.5, np.nan, 0.15])


@pytest.mark.parametrize(
    ('wanted', 'order'),
    [
        ({}, [0, 1, 3]),
        ({'empty': True}, [0, 1, 2, 3]),
        ({'text': 'B'}, [0, 3]),
        ({'error_min': 0.2}, [0]),
        ({'error_max': 0.2}, [3]),
        ({'missing_min': 1}, [0, 1]),
        ({'inferred_min': 1}, [3]),
        ({'sort': 'file', 'descending': True}, [3, 1, 0]),
        ({'sort': 'error', 'descending': True}, [0, 3, 1]),
        ({'sort': 'error'}, [3, 0, 1]),
        ({'sort': 'missing', 'descending': True}, [1, 0, 3]),
        ({'sort': 'instances', 'descending': True, 'empty': True}, [0, 1, 3, 2]),
        ({'keypoint': 'other', 'sort': 'error', 'descending': True}, [0, 3, 1]),
        ({'keypoint': 'one', 'missing_min': 1}, [1]),
    ],
)
def test_the_order(wanted, order):
    assert listed(**wanted).order.tolist() == order


def test_without_truth_nothing_has_an_error():
    found = list_pictures(NAMES, PICTURE_OF, LAYER, None, Filter(sort='error'))
    assert np.isnan(found.errors).all() and found.order.tolist() == [0, 1, 3]


def test_errors_of_one_keypoint():
    np.testing.assert_allclose(listed(keypoint='other').errors, [0.3, np.nan, np.nan, 0.0])
