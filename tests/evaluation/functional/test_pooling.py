from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional import auc, mpii_pckh, mpjpe, nme, pck, pool_results
from mmlandmark.schemas import get_schema

FACE = ('right_eye', 'left_eye', 'nose', 'right_mouth', 'left_mouth')
METRICS = {
    'nme': lambda d, rows, s: nme(*_given(d, rows), d.head_size[rows], schema=s),
    'mpjpe': lambda d, rows, s: mpjpe(*_given(d, rows), schema=s),
    'pck': lambda d, rows, s: pck(*_given(d, rows), d.head_size[rows], threshold=0.4, schema=s),
    'auc': lambda d, rows, s: auc(*_given(d, rows), d.head_size[rows], schema=s),
}


def _given(data, rows):
    return data.pred[rows], data.target[rows], data.visible[rows]


def both(measure, data, schema, cut):
    parts = [slice(None, cut), slice(cut, None)]
    return [measure(data, rows, schema) for rows in parts], measure(data, slice(None), schema)


@pytest.mark.parametrize('name', METRICS)
@pytest.mark.parametrize('cut', [3, 17])
def test_parts_of_one_data_set_pool_to_the_whole(labelled, face5, name, cut):
    # a keypoint without data on one side, and an excluded instance on each
    labelled.visible[:cut, 2] = 0
    labelled.head_size[[0, 30]] = 0
    parts, whole = both(METRICS[name], labelled, face5, cut)
    pooled = pool_results(parts, [FACE, FACE], ways=['points', 'instances', 'keypoints'])
    for way, value in whole.averages.items():
        assert_allclose(pooled.averages[way], value, rtol=1e-12, err_msg=way)
    assert_allclose(pooled.value, whole.value, rtol=1e-12)
    for count in ('num_instances', 'num_points', 'num_supervised', 'num_excluded', 'excluded'):
        assert getattr(pooled, count) == getattr(whole, count)
    assert_allclose(pooled.coverage, whole.coverage, rtol=1e-12)
    assert pooled.per_keypoint_points == whole.per_keypoint_points
    assert_allclose(
        list(pooled.per_keypoint.values()), list(whole.per_keypoint.values()), rtol=1e-12
    )


def test_parts_of_mpii_pool_to_the_whole(make_labelled):
    data, schema = make_labelled(keypoints=16), get_schema('mpii16')
    results = [
        mpii_pckh(*_given(data, rows), data.head_size[rows], schema)
        for rows in (slice(None, 9), slice(9, None), slice(None))
    ]
    pooled = pool_results(results[:2], [schema.keypoints] * 2)
    assert_allclose(pooled.value, results[2].value, rtol=1e-12)


def test_keypoints_of_different_definitions_stay_apart(make_labelled):
    """A name that two schemas share is not one keypoint: the mean is over all eight."""
    one, other = make_labelled(keypoints=5), make_labelled(num=7, keypoints=3, seed=1)
    results = [METRICS['pck'](data, slice(None), None) for data in (one, other)]
    pooled = pool_results(results, ['five', 'three'])
    by_hand = np.mean([*results[0].per_keypoint.values(), *results[1].per_keypoint.values()])
    assert_allclose(pooled.value, by_hand, rtol=1e-12)
    assert pooled.per_keypoint == {}


def test_a_data_set_without_figures_weighs_nothing(labelled, make_labelled, face5):
    empty = make_labelled(num=4)
    empty.visible[:] = 0
    measure = METRICS['nme']
    results = [measure(data, slice(None), face5) for data in (labelled, empty)]
    assert np.isnan(results[1].value)
    pooled = pool_results(results, [FACE, FACE])
    assert pooled.value == results[0].value and pooled.num_excluded >= 4
    nothing = pool_results(results[1:], [FACE])
    assert np.isnan(nothing.value) and np.isnan(nothing.coverage)


def test_boxes_of_a_data_set_that_does_not_say_are_counted_as_such(labelled, face5):
    result = METRICS['nme'](labelled, slice(None), face5)
    count = result.num_instances + result.num_excluded
    stated = replace(result, box_source={'annotation': count})
    pooled = pool_results([stated, result], [FACE, FACE])
    assert pooled.box_source == {'annotation': count, 'not stated': count}
    assert pool_results([result, result], [FACE, FACE]).box_source == {}


@pytest.mark.parametrize(
    ('changes', 'message'),
    [({'scale': 100}, 'unit fraction and x100'), ({'normalizer_name': 'eyes'}, 'name NME/')],
)
def test_figures_that_measure_different_things_are_refused(labelled, changes, message):
    arguments = (*_given(labelled, slice(None)), labelled.head_size)
    results = [nme(*arguments), nme(*arguments, **changes)]
    with pytest.raises(LandmarkError, match=message):
        pool_results(results, [FACE, FACE])
    with pytest.raises(LandmarkError, match='no results'):
        pool_results([], [])
