from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional import mpii_pckh
from mmlandmark.schemas import KeypointSchema, get_mapping, get_schema


@pytest.fixture(scope='module')
def mpii() -> KeypointSchema:
    return get_schema('mpii16')


def test_hand_worked(mpii):
    target = np.full((2, 16, 2), 50.0)
    pred, visible = target.copy(), np.ones((2, 16))
    head_size = np.array([10.0, 10.0])
    pred[0, mpii.index('left_hip'), 0] += 6  # a miss at .5
    pred[0, mpii.index('right_knee'), 0] += 2  # a miss at .1 only
    pred[:, mpii.index('pelvis')] += 100  # left out of the mean
    visible[1, mpii.index('head_top')] = 0
    half = mpii_pckh(pred, target, visible, head_size, mpii)
    assert half.num_points == 27 and half.unit == '%' and half.name == 'PCKh@0.5'
    assert_allclose(half.value, 100 * 26 / 27)
    assert_allclose(half.per_region['Hip'], 75)
    assert half.per_keypoint['pelvis'] == 0 and half.per_region['Knee'] == 100
    assert list(half.per_region) == ['Head', 'Shoulder', 'Elbow', 'Wrist', 'Hip', 'Knee', 'Ankle']
    tenth = mpii_pckh(pred, target, visible, head_size, mpii, threshold=0.1)
    assert_allclose(tenth.value, 100 * 25 / 27)


def test_offset_moves_the_predictions(mpii):
    target, visible = np.full((1, 16, 2), 50.0), np.ones((1, 16))
    result = mpii_pckh(
        target - 1, target, visible, [10.0], mpii, threshold=0.1, prediction_offset=1.0
    )
    assert result.value == 100 and result.settings['prediction_offset'] == 1.0
    assert mpii_pckh(target - 1, target, visible, [10.0], mpii, threshold=0.1).value == 0


def test_other_schema_is_refused(face5):
    with pytest.raises(LandmarkError, match="'face5' has no 'head_top'"):
        mpii_pckh(np.zeros((1, 5, 2)), np.zeros((1, 5, 2)), np.ones((1, 5)), [1.0], face5)


def test_hand_made_map_on_real_pairs(shared_data):
    content = json.loads((shared_data / 'body_coco17_mpii16' / 'val.json').read_text())
    points, target = (
        np.array([a[key] for a in content['annotations']], dtype=float).reshape(-1, count, 3)
        for key, count in (('keypoints', 17), ('keypoints_target', 16))
    )
    head_size = [a['head_size'] for a in content['annotations']]
    mapping = get_mapping('coco17-to-mpii16')
    pred, visible = mapping.apply(points[..., :2], points[..., 2])
    results = [
        mpii_pckh(
            pred,
            target[..., :2],
            target[..., 2],
            head_size,
            mapping.target,
            threshold=threshold,
            given=visible,
        )
        for threshold in (0.5, 0.1)
    ]
    assert_allclose([r.value for r in results], [81.9, 23.9], atol=0.1)
    assert results[0].coverage == 1 and results[0].num_excluded == 0
