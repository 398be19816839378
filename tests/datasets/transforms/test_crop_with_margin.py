"""Crops with a margin: labels, what is packed, and options that make no sense."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.datasets.transforms import (  # noqa: E402
    GetBBoxCenterScale,
    PackPoseInputs,
    RandomBBoxTransform,
    TopdownAffine,
)
from models.data_preprocessors.crop_batches import raw_sample  # noqa: E402

from mmlandmark.datasets.transforms import CropWithMargin  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402

SIZE = (48, 64)


@pytest.mark.parametrize('udp', [False, True])
@pytest.mark.parametrize('changed', [False, True])
def test_all_but_the_picture_is_what_topdown_affine_gives(udp, changed):
    start = GetBBoxCenterScale()(raw_sample(0, 'coco'))
    if changed:  # by chance, in the loader
        np.random.seed(0)
        start = RandomBBoxTransform()(start)
    expected = TopdownAffine(SIZE, udp)(dict(start))
    found = CropWithMargin(SIZE, udp, affine={})(dict(start))
    for key in set(expected) - {'img'}:
        np.testing.assert_equal(found[key], expected[key])
    frame = found['crop_frames'][0]
    assert found['img'].shape == (*frame.size[::-1], 3) and found['img'].dtype == np.uint8
    left, top = frame.margin
    cut = found['img'][top : top + 64, left : left + 48].astype(int)
    assert np.abs(cut - expected['img']).max() <= 1


def test_what_a_device_needs_is_packed_with_the_instances():
    start = GetBBoxCenterScale()(raw_sample(0, 'coco'))
    before = start['bbox_scale'].copy()
    packed = PackPoseInputs()(CropWithMargin(SIZE, margin=0.25)(start))
    instances = packed['data_samples'].gt_instances
    assert instances.crop_frames[0].margin == (13, 17)
    assert packed['inputs'].shape == (3, 64 + 34, 48 + 26)
    np.testing.assert_allclose(instances.box_shares * instances.bbox_scales, before)
    assert 'bboxes' in instances and 'keypoints' in instances


def test_the_margin_grows_with_changes_and_resolution():
    def frame(**options):
        return CropWithMargin(SIZE, **options).frame

    assert frame().size == SIZE and frame().margin == (0, 0)
    mild = frame(affine=dict(rotate_factor=10, scale_factor=(0.9, 1.1), shift_factor=0.0))
    wild = frame(affine={})
    assert all(0 < a < b for a, b in zip(mild.margin, wild.margin, strict=True))
    fine = frame(affine={}, resolution=2)
    assert all(abs(a - 2 * b) <= 2 for a, b in zip(fine.margin, wild.margin, strict=True))
    assert fine.size[0] == 2 * 47 + 1 + 2 * fine.margin[0]
    assert frame(affine={}, margin=0.5).margin == (25, 33)


def test_a_sample_without_keypoints_is_cropped():
    sample = raw_sample(0, 'coco')
    del sample['keypoints'], sample['keypoints_visible'], sample['dataset_keypoint_weights']
    found = CropWithMargin(SIZE)(GetBBoxCenterScale()(sample))
    assert found['img'].shape == (64, 48, 3)


def test_weights_that_a_flip_would_mix_up_are_refused():
    sample = GetBBoxCenterScale()(raw_sample(0, 'coco'))
    sample['dataset_keypoint_weights'][5] = 2.0
    with pytest.raises(LandmarkError, match="keypoint 5 of data set 'coco' has the weight 2.0"):
        CropWithMargin(SIZE, affine={})(dict(sample))
    CropWithMargin(SIZE, affine=dict(flip_prob=0))(dict(sample))
    CropWithMargin(SIZE, margin=0.1)(dict(sample))


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(margin=-1), 'margin is -1; expected 0 to 100'),
        (dict(resolution=0), 'resolution is 0; expected 0.1 to 100'),
        (dict(affine=dict(scale=1)), "no option 'scale' .did you mean 'scale_prob'"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(LandmarkError, match=f'CropWithMargin: .*{message}'):
        CropWithMargin(SIZE, **options)
