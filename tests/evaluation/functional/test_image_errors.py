import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional import (
    ced_auc,
    failure_rate,
    higher_is_better,
    nme,
    pool_results,
)


def faces(errors, points=4, size=50.0):
    """Predictions whose NME over ``size`` is ``errors``, uneven over the points."""
    errors = np.asarray(errors, dtype=float)
    share = np.arange(1, points + 1) / np.arange(1, points + 1).mean()
    target = np.random.default_rng(0).uniform(0, 200, (len(errors), points, 2))
    pred = target.copy()
    pred[..., 0] += size * errors[:, None] * share
    return pred, target, np.full(target.shape[:2], 2), np.full(len(errors), size)


def test_by_hand():
    arrays = faces([0.02, 0.06, 0.09, 0.5])
    assert failure_rate(*arrays, 0.08).value == 0.5
    assert failure_rate(*arrays, 0.1).value == 0.25
    # the part of 0 to 0.08 that lies above each error
    assert ced_auc(*arrays, 0.08).value == pytest.approx((0.75 + 0.25 + 0 + 0) / 4)
    assert ced_auc(*arrays, 0.1).value == pytest.approx((0.8 + 0.4 + 0.1 + 0) / 4)
    result = failure_rate(*arrays, 0.1, normalizer_name='eye_outer')
    assert result.name == 'FR/eye_outer@0.1' and result.unit == 'fraction'
    assert (result.num_instances, result.num_points) == (4, 16)
    assert ced_auc(*arrays, 0.08, normalizer_name='eye_outer').name == 'CED_AUC/eye_outer@0.08'


def test_an_error_of_just_the_threshold_is_no_failure():
    target = np.zeros((1, 1, 2))
    result = failure_rate(target + [0.5, 0], target, np.ones((1, 1)), [4.0], 0.125)
    assert result.value == 0


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0, 0.3), min_size=1, max_size=30), st.sampled_from([0.08, 0.1]))
def test_the_area_is_that_of_the_published_sums(errors, threshold):
    """The curve summed at fine steps, as evaluation scripts of 300W and WFLW do it."""
    nmes = np.array(errors)
    assume((np.abs(nmes - threshold) > 1e-9).all())  # there rounding decides
    arrays = faces(errors)
    steps = np.linspace(0, threshold, 4001)
    curve = (nmes[:, None] <= steps).mean(axis=0)
    area = np.trapz(curve, steps) if hasattr(np, 'trapz') else np.trapezoid(curve, steps)
    assert ced_auc(*arrays, threshold).value == pytest.approx(area / threshold, abs=1e-3)
    assert failure_rate(*arrays, threshold).value == pytest.approx(1 - curve[-1])


def test_the_error_of_an_image_is_its_nme():
    """A mean over points first: one bad point of four does not fail an image, four do."""
    pred, target, visible, size = faces([0.07, 0.2])
    assert (np.abs(pred - target).max(axis=(1, 2)) / size > 0.08).all()
    assert nme(pred[:1], target[:1], visible[:1], size[:1]).value == pytest.approx(0.07)
    assert failure_rate(pred, target, visible, size, 0.08).value == 0.5


def test_exclusions_are_counted(face5):
    pred, target, visible, size = faces([0.01, 0.2, 0.2, 0.2], points=5)
    size[1], size[2], visible[3] = np.nan, 0, 0
    for metric in (failure_rate, ced_auc):
        result = metric(pred, target, visible, size, 0.1, normalizer_name='eyes', schema=face5)
        assert result.num_instances == 1 and result.num_excluded == 3
        assert result.excluded == {
            'eyes cannot be measured': 1,
            'eyes is not positive': 1,
            'no labelled keypoint': 1,
        }
    assert failure_rate(pred, target, visible, size, 0.1).value == 0


def test_points_and_regions_as_if_they_were_all(face5):
    pred, target, visible, size = faces([0.07, 0.2, 0.01], points=5)
    visible[2, 0] = 0
    for metric in (failure_rate, ced_auc):
        whole = metric(pred, target, visible, size, 0.08, schema=face5)
        for region in face5.regions:
            alone = metric(pred, target, visible, size, 0.08, schema=face5, keypoints=region)
            assert whole.per_region[region] == pytest.approx(alone.value)
        for name in face5.keypoints:
            alone = metric(pred, target, visible, size, 0.08, schema=face5, keypoints=[name])
            assert whole.per_keypoint[name] == pytest.approx(alone.value)
    assert whole.per_keypoint_points['right_eye'] == 2


def test_points_that_are_not_given_are_left_out():
    pred, target, visible, size = faces([0.2, 0.2])
    given_points = np.ones(visible.shape, bool)
    given_points[0] = False
    pred[0] = np.nan
    result = failure_rate(pred, target, visible, size, 0.1, given=given_points)
    assert result.num_instances == 1 and result.coverage == 0.5
    assert result.excluded == {'method gives no labelled keypoint': 1}


def test_wrong_input_is_refused():
    arrays = faces([0.1])
    with pytest.raises(LandmarkError, match='threshold is 0'):
        ced_auc(*arrays, 0)
    arrays[0][0, 2] = np.nan
    for metric in (failure_rate, ced_auc):
        with pytest.raises(LandmarkError, match=r'sample 0, keypoint 2 .* not finite'):
            metric(*arrays, 0.1)


def test_nothing_to_count_is_no_number():
    pred, target, visible, size = faces([0.1])
    assert math.isnan(failure_rate(pred, target, visible, size * np.nan, 0.1).value)
    assert math.isnan(ced_auc(pred, target, 0 * visible, size, 0.1).value)


def test_pooled_is_what_all_images_give():
    arrays = faces([0.02, 0.06, 0.09, 0.5, 0.3])
    parts = [[a[:2] for a in arrays], [a[2:] for a in arrays]]
    for metric in (failure_rate, ced_auc):
        results = [
            replace(metric(*part, 0.1), box_source={'annotation': len(part[0]), kind: 1})
            for part, kind in zip(parts, ('detections', 'landmarks'), strict=True)
        ]
        pooled = pool_results(results, ['a', 'a'])
        assert pooled.value == pytest.approx(metric(*arrays, 0.1).value)
        assert pooled.box_source == {'annotation': 5, 'detections': 1, 'landmarks': 1}


def test_directions():
    assert higher_is_better('dogflw/FR/eye_outer@0.08') is False
    assert higher_is_better('dogflw/CED_AUC/eye_outer@0.1') is True
