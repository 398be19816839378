import numpy as np
import pytest
import torch
from channel_samples import sample
from mmcv.transforms import CenterCrop, Pad
from mmpose.structures import PoseDataSample

from mmlandmark.datasets.transforms import PackChannelInputs
from mmlandmark.errors import LandmarkError

POINTS = np.array([[26.25, 22.5], [38.0, 28.75]])


def test_what_a_model_gets():
    before = sample(POINTS, img_shape=(40, 64), channel_depths=np.array([np.nan, 2], np.float32))
    packed = PackChannelInputs().transform(before)
    assert packed['inputs'].dtype == torch.uint8 and packed['inputs'].shape == (3, 48, 64)
    np.testing.assert_array_equal(packed['inputs'].numpy().transpose(1, 2, 0), before['img'])
    data = packed['data_samples']
    assert isinstance(data, PoseDataSample)
    assert data.gt_instances.points.dtype == torch.float32
    assert data.gt_instances.points.tolist() == POINTS.tolist()
    assert data.gt_instances.channels.dtype == torch.int64
    assert data.gt_instances.channels.tolist() == [0, 1]
    assert data.gt_instances.depths[0].isnan() and data.gt_instances.depths[1] == 2
    # before anything was filled up
    assert (data.img_shape, data.ori_shape) == ((40, 64), (48, 64))
    assert data.channel_names == ('left', 'right', 'top') and data.img_path == 'a.png'
    assert data.to_picture.dtype == np.float64 and data.dropped_points.tolist() == [0, 0, 0]


def test_a_picture_without_keypoints_is_packed_too():
    instances = PackChannelInputs().transform(sample(np.zeros((0, 2))))['data_samples'].gt_instances
    assert instances.points.shape == (0, 2) and len(instances) == 0


@pytest.mark.parametrize('key', ['flip', 'input_center', 'scale_factor', 'pad_shape'])
def test_transforms_that_leave_the_keypoints_behind_are_refused(key):
    with pytest.raises(LandmarkError, match=f"spots: a transform of the pipeline sets '{key}'"):
        PackChannelInputs().transform(sample(POINTS, **{key: True}))


@pytest.mark.parametrize('build', [lambda: CenterCrop((20, 20)), lambda: Pad(size=(80, 80))])
def test_transforms_of_mmcv_are_seen(build):
    moved = build().transform(sample(POINTS))
    with pytest.raises(LandmarkError, match='moves or fills up pictures without channel keypoints'):
        PackChannelInputs().transform(moved)
