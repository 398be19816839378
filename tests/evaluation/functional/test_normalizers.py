from __future__ import annotations

import numpy as np
import pytest

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional import (
    canonical_name,
    normalizer_values,
    reference_lengths,
)

TARGET = np.array(
    [
        [[0, 0], [30, 40], [9, 9], [10, 100], [20, 140]],
        [[0, 0], [30, 40], [9, 9], [10, 100], [20, 140]],
        [[5, 5], [5, 5], [9, 9], [10, 100], [20, 140]],
    ],
    dtype=float,
)
VISIBLE = np.array([[2, 1, 0, 2, 2], [2, 0, 2, 2, 2], [2, 2, 2, 2, 2]])
BOXES = np.array([[0, 0, 30, 40], [10, 10, 10, 10], [0, 0, 9, 4]], dtype=float)


def values(name, schema, **kwargs):
    return normalizer_values(name, schema, TARGET, VISIBLE, BOXES, **kwargs).tolist()


def test_named_distance_of_the_schema(face5):
    # instance 1 misses an eye, instance 2 has both eyes in one place
    np.testing.assert_equal(values('eyes', face5), [50.0, np.nan, np.nan])


def test_side_of_several_points_is_their_mean(face5):
    # eyes' mean (15, 20), mouth's mean (15, 120)
    assert values('height', face5)[0] == 100.0
    assert np.isnan(values('height', face5)[1])


@pytest.mark.parametrize(
    ('name', 'expected'),
    [
        ('bbox', [40.0, np.nan, 9.0]),
        ('bbox_diagonal', [50.0, np.nan, np.hypot(9, 4)]),
        ('bbox_sqrt_area', [np.sqrt(1200), np.nan, 6.0]),
        ('pixel', [1.0, 1.0, 1.0]),
    ],
)
def test_built_in(face5, name, expected):
    np.testing.assert_allclose(values(name, face5), expected)


def test_field_and_alias(face5):
    fields = {'head_size': np.array([12.0, np.inf, -1.0])}
    for name in ('head_size', 'head'):
        np.testing.assert_equal(values(name, face5, fields=fields), [12.0, np.nan, np.nan])
    assert canonical_name('head', face5, fields) == 'head_size'


def test_reference_lengths_keep_what_is_not_positive(face5):
    fields = {'head_size': np.array([12.0, np.nan, -1.0])}
    lengths = reference_lengths('head', face5, TARGET, VISIBLE, BOXES, fields)
    np.testing.assert_equal(lengths, [12.0, np.nan, -1.0])


def test_nan_in_an_unlabelled_point_changes_nothing(face5):
    target = TARGET.copy()
    target[0, 2] = np.nan
    again = normalizer_values('eyes', face5, target, VISIBLE, BOXES)
    np.testing.assert_equal(again.tolist(), values('eyes', face5))


def test_unknown_name_gives_the_nearest(face5):
    with pytest.raises(LandmarkError, match="'eye'.*did you mean 'eyes'"):
        values('eye', face5)
    with pytest.raises(LandmarkError, match='head_size'):
        values('head_size', face5)


def test_boxes_missing_or_of_another_count(face5):
    with pytest.raises(LandmarkError, match='needs boxes'):
        normalizer_values('bbox', face5, TARGET, VISIBLE)
    with pytest.raises(LandmarkError, match='2 values for 3 instances'):
        normalizer_values('bbox', face5, TARGET, VISIBLE, BOXES[:2])
