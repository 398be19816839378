from __future__ import annotations

import numpy as np
import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.metrics.packing import given_points, keypoint_arrays, pack_keypoints


def test_round_trip_of_the_data_set(labelled):
    arrays = keypoint_arrays(pack_keypoints(labelled.samples(), ['head_size', 'absent']))
    np.testing.assert_array_equal(arrays.pred, labelled.pred)
    np.testing.assert_array_equal(arrays.target, labelled.target)
    np.testing.assert_array_equal(arrays.visible, labelled.visible > 0)
    np.testing.assert_array_equal(arrays.bboxes, labelled.bboxes)
    np.testing.assert_array_equal(arrays.fields['head_size'], labelled.head_size)
    assert list(arrays.fields) == ['head_size'] and arrays.given.all()
    assert arrays.ids.tolist() == [100 + i for i in range(len(labelled))]


def test_tensors_several_instances_and_weights_in_visibility():
    truth = {
        'keypoints': torch.full((2, 3, 2), 5.0),
        'keypoints_visible': np.stack([np.eye(2, 3), np.zeros((2, 3))], axis=-1),
    }
    sample = {'pred_instances': {'keypoints': torch.ones(2, 3, 2)}, 'gt_instances': truth}
    arrays = keypoint_arrays(pack_keypoints([sample, sample]))
    assert arrays.pred.shape == (4, 3, 2) and arrays.bboxes is None and arrays.ids is None
    np.testing.assert_array_equal(arrays.visible[:2], np.eye(2, 3))


@pytest.mark.parametrize(
    ('visible', 'expected'),
    [
        (np.array([[0, 1, 2]], np.uint8), [False, True, True]),
        (np.array([[False, True, True]]), [False, True, True]),
        (torch.tensor([[0, 1, 2]]), [False, True, True]),
        (np.array([[0.0, 0.2, 0.9]], np.float32), [True, True, True]),  # confidences
        (None, [True, True, True]),
    ],
)
def test_only_integers_declare_a_point_as_not_given(visible, expected):
    pred = {'keypoints': np.zeros((1, 3, 2))}
    if visible is not None:
        pred['keypoints_visible'] = visible
    assert given_points(pred).tolist() == [expected]


def test_other_shape_is_named():
    truth = {'keypoints': np.zeros((1, 5, 2)), 'keypoints_visible': np.ones((1, 5))}
    sample = {'pred_instances': {'keypoints': np.zeros((1, 4, 2))}, 'gt_instances': truth, 'id': 31}
    with pytest.raises(LandmarkError, match=r'annotation 31: predictions \(1, 4, 2\)'):
        pack_keypoints([sample])


def test_a_field_that_some_samples_lack_is_refused(labelled):
    samples = labelled.samples()
    del samples[3]['gt_instances']['bboxes']
    with pytest.raises(LandmarkError, match="1 of 40 samples have no 'bboxes'"):
        keypoint_arrays(pack_keypoints(samples))


@pytest.mark.parametrize('visible', [np.ones((1, 4)), np.zeros((1, 4))])
def test_labels_that_mmpose_makes_up_for_detected_boxes_are_refused(visible):
    truth = {'keypoints': np.zeros((1, 4, 2)), 'keypoints_visible': visible}
    sample = {'pred_instances': {'keypoints': np.ones((1, 4, 2))}, 'gt_instances': truth, 'id': 7}
    if visible.any():
        with pytest.raises(LandmarkError, match='annotation 7: its labels .*bbox_file=None'):
            pack_keypoints([sample])
        pack_keypoints([{**sample, 'raw_ann_info': {}}])
    else:
        assert not keypoint_arrays(pack_keypoints([sample])).visible.any()
