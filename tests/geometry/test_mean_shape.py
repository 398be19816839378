from __future__ import annotations

import numpy as np
import pytest

from mmlandmark.errors import LandmarkError
from mmlandmark.geometry.mean_shape import mean_shape, place_shape


def test_a_shape_goes_where_the_box_goes():
    rng = np.random.default_rng(0)
    shape = rng.random((5, 2))
    low = rng.random((4, 2)) * 50
    boxes = np.concatenate([low, low + rng.uniform(5, 90, (4, 2))], axis=1)
    points = place_shape(shape, boxes)
    np.testing.assert_allclose(mean_shape(points, np.ones((4, 5)), boxes), shape)


def test_the_mean_by_hand_without_unlabelled_points():
    points = np.array([[[2.0, 1.0], [np.nan, 5.0]], [[14.0, 30.0], [15.0, 25.0]]])
    boxes = np.array([[0, 0, 4, 4], [10, 20, 20, 40]])
    shape = mean_shape(points, np.array([[2, 0], [1, 2]]), boxes)
    np.testing.assert_allclose(shape, [[(0.5 + 0.4) / 2, (0.25 + 0.5) / 2], [0.5, 0.25]])


def test_what_cannot_be_is_told():
    points = np.ones((1, 2, 2))
    with pytest.raises(LandmarkError, match='keypoint 1 is nowhere labelled'):
        mean_shape(points, np.array([[1, 0]]), np.array([[0, 0, 4, 4]]))
    for box in ([0, 0, 4, 0], [0, 0, np.nan, 4]):
        with pytest.raises(LandmarkError, match='expected a positive area'):
            place_shape(points[0], np.array([box]))
