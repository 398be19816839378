"""Samples as MMPose's metrics read them."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.structures import PoseDataSample  # noqa: E402
from pair_batches import TARGET, pair_arrays  # noqa: E402

from mmlandmark.models.heads.pose_samples import pack_pose_samples  # noqa: E402


def test_every_instance_gets_its_own_row():
    data = pair_arrays(5)['data_samples']
    prediction = dict(keypoints=data['keypoints'] + 1, keypoint_scores=torch.rand(5, 4))
    others = dict(other=dict(keypoints=data['keypoints'] + 2))
    samples = pack_pose_samples(prediction, others, data, TARGET)
    assert [type(s) for s in samples] == [PoseDataSample] * 5
    assert [s.id for s in samples] == data['ids'].tolist()
    for i, sample in enumerate(samples):
        truth = sample.gt_instances.keypoints
        assert truth.shape == (1, 4, 2)
        assert (truth == data['keypoints'][i].numpy()).all()
        assert (sample.pred_instances.keypoints == truth + 1).all()
        assert (sample.baselines['other']['keypoints'] == truth + 2).all()
        assert sample.metainfo['dataset_name'] == 'four'
        assert sample.metainfo['flip_indices'] == [1, 0, 2, 3]
        assert 'index' not in sample.gt_instances and 'ids' not in sample.gt_instances
