"""What goes through the loader in place of maps."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.datasets.transforms import GenerateTarget, PackPoseInputs  # noqa: E402
from mmpose.registry import KEYPOINT_CODECS  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402


def results() -> dict:
    return dict(
        img=np.zeros((8, 8, 3), dtype=np.uint8),
        transformed_keypoints=np.arange(6, dtype=np.float32).reshape(1, 3, 2),
        keypoints_visible=np.array([[1, 0, 1]], dtype=np.float32),
        dataset_keypoint_weights=np.array([1, 1, 1.5], dtype=np.float32),
    )


@pytest.mark.parametrize('weighted', [False, True])
def test_a_few_numbers_a_keypoint_are_packed(weighted):
    given = results()
    target = GenerateTarget(dict(type='KeypointLabels'), use_dataset_keypoint_weights=weighted)
    sample = PackPoseInputs()(target(given))['data_samples']
    labels = sample.gt_instance_labels
    assert labels.input_keypoints.tolist() == [[[0, 1], [2, 3], [4, 5]]]
    assert labels.input_visible.tolist() == [[1, 0, 1]]
    assert labels.keypoint_weights.tolist() == [[1, 0, 1.5 if weighted else 1]]
    assert 'gt_fields' not in sample
    labels.input_keypoints += 1  # the annotation stays as it is
    assert given['transformed_keypoints'].tolist() == results()['transformed_keypoints'].tolist()


def test_it_is_no_decoder():
    with pytest.raises(LandmarkError, match='GenerateTarget only'):
        KEYPOINT_CODECS.build(dict(type='KeypointLabels')).decode(None)
