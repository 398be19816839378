from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.evaluators.samples import (
    baseline_names,
    common_points,
    method_samples,
    restrict,
)


def test_baseline_takes_the_models_place_and_gets_scores(labelled):
    samples = labelled.samples(mapping=labelled.target)
    del samples[0]['baselines']['mapping']['keypoint_scores']
    samples[0]['baselines']['mapping']['keypoints_visible'][0, 2] = 0
    as_mapping = method_samples(samples, 'mapping')
    np.testing.assert_array_equal(
        as_mapping[0]['pred_instances']['keypoints'][0], labelled.target[0]
    )
    assert as_mapping[0]['pred_instances']['keypoint_scores'].tolist() == [[1, 1, 0, 1, 1]]
    assert 'baselines' not in as_mapping[0] and 'baselines' in samples[0]
    assert 'keypoint_scores' not in samples[0]['baselines']['mapping']


def test_common_points_ask_only_for_labelled_ones(labelled):
    labelled.visible[0] = [2, 0, 2, 2, 2]
    samples = labelled.samples(mapping=labelled.target)
    samples[0]['baselines']['mapping']['keypoints_visible'][0, 1] = 0
    masks, narrower = common_points(samples)
    assert masks[0].tolist() == [[True, False, True, True, True]] and not narrower
    samples[0]['baselines']['mapping']['keypoints_visible'][0, 2] = 0
    masks, narrower = common_points(samples)
    assert narrower
    restricted = restrict(method_samples(samples, 'model'), masks)
    assert restricted[0]['pred_instances']['keypoints_visible'].tolist() == masks[0].tolist()
    assert samples[0]['pred_instances']['keypoints_visible'].all()


def test_names_of_baselines(labelled):
    assert baseline_names(labelled.samples()) == ()
    assert baseline_names(labelled.samples(b=labelled.pred, a=labelled.pred)) == ('b', 'a')
    with pytest.raises(LandmarkError, match="cannot be called 'model'"):
        baseline_names(labelled.samples(model=labelled.pred))
