"""Batches that go to the device in few copies are those of MMPose."""

from __future__ import annotations

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
import torch  # noqa: E402
from mmpose.models.data_preprocessors import PoseDataPreprocessor  # noqa: E402
from mmpose.structures import MultilevelPixelData  # noqa: E402

from mmlandmark.models.data_preprocessors import PackedPoseDataPreprocessor  # noqa: E402
from mmlandmark.models.data_preprocessors.packed_preprocessor import move_samples  # noqa: E402
from models.heads.union_batches import CODECS, pose_batch  # noqa: E402

NORM = dict(mean=[123.0, 116.0, 103.0], std=[58.0, 57.0, 56.0])


@pytest.mark.parametrize('options', [{}, dict(bgr_to_rgb=True), dict(pad_size_divisor=32)])
@pytest.mark.parametrize('sizes', [[(64, 48)] * 3, [(64, 48), (60, 50), (64, 48)]])
def test_pictures_are_those_of_mmpose(options, sizes):
    rng = torch.Generator().manual_seed(0)
    pictures = [
        torch.randint(0, 256, (3, *size), dtype=torch.uint8, generator=rng) for size in sizes
    ]
    found = []
    for kind in (PoseDataPreprocessor, PackedPoseDataPreprocessor):
        samples = pose_batch(['coco'] * 3, CODECS['msra'])
        made = kind(**NORM, **options)(dict(inputs=pictures, data_samples=samples), True)
        infos = [s.metainfo['pad_shape'] for s in made['data_samples']]
        found.append((made['inputs'], infos, made['data_samples'][0].batch_input_shape))
    assert torch.equal(found[0][0], found[1][0]) and found[0][1:] == found[1][1:]


def test_all_labels_of_a_type_are_one_copy():
    samples, device = pose_batch(['coco', 'mpii'], CODECS['udp'], 0.5), torch.device('meta')
    expected = [sample.to(device) for sample in pose_batch(['coco', 'mpii'], CODECS['udp'], 0.5)]
    copies = []

    class Counting(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            if func is torch.Tensor.to:
                copies.append(args[0].dtype)
            return func(*args, **(kwargs or {}))

    with Counting():
        move_samples(samples, device)
    assert len(copies) == len(set(copies)) > 0
    for sample, wanted in zip(samples, expected, strict=True):
        assert sample.gt_fields.heatmaps.is_meta
        assert sample.gt_fields.heatmaps.shape == wanted.gt_fields.heatmaps.shape
        weights = sample.gt_instance_labels.keypoint_weights
        assert weights.shape == wanted.gt_instance_labels.keypoint_weights.shape


def test_values_come_back_where_they_were():
    """From the CPU to the CPU: the packing alone."""
    samples = pose_batch(['coco', 'mpii'], CODECS['udp'], 0.5)
    before = [sample.clone() for sample in samples]
    move_samples(samples, torch.device('cpu'))
    for sample, wanted in zip(samples, before, strict=True):
        assert torch.equal(sample.gt_fields.heatmaps, wanted.gt_fields.heatmaps)
        labels, expected = sample.gt_instance_labels, wanted.gt_instance_labels
        for field, value in expected.items():
            assert torch.equal(labels.get(field), value)


def test_maps_of_several_levels_are_moved_too():
    samples = pose_batch(['coco', 'mpii'], CODECS['udp'])
    for sample in samples:
        levels = MultilevelPixelData()
        levels.set_field([sample.gt_fields.heatmaps, sample.gt_fields.heatmaps[:, ::2]], 'heatmaps')
        sample.gt_fields = levels
    move_samples(samples, torch.device('meta'))
    for sample in samples:
        assert [maps.is_meta for maps in sample.gt_fields.heatmaps] == [True, True]
        assert [level.heatmaps.is_meta for level in sample.gt_fields.levels()] == [True, True]
