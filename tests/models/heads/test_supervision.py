"""Grouping, rows and the divisor that the losses of several data sets share."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.structures import InstanceData  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.models.heads import supervision  # noqa: E402
from mmlandmark.schemas import get_schema  # noqa: E402
from models.heads.union_batches import CODECS, DATASETS, SIMCC_CODECS, pose_batch  # noqa: E402

SCHEMAS = {name: get_schema(schema) for name, schema in DATASETS.items()}


def test_samples_are_grouped_in_the_order_of_the_head():
    batch = pose_batch(['mpii', 'coco', 'mpii'], CODECS['msra'])
    groups = supervision.group_samples(batch, ['aic', 'coco', 'mpii'], 'a head')
    assert list(groups.items()) == [('coco', [1]), ('mpii', [0, 2])]


def test_samples_without_a_known_data_set_are_named():
    batch = pose_batch(['mpii', 'coco'], CODECS['msra'])
    message = r"a head: sample 0 \(mpii/0.jpg\) is of the data set 'mpii', known are mpi, coco"
    with pytest.raises(LandmarkError, match=message + r" .did you mean 'mpi'"):
        supervision.group_samples(batch, ['mpi', 'coco'], 'a head')
    del batch[1].dataset_name
    with pytest.raises(LandmarkError, match='sample 1 .* data set None'):
        supervision.group_samples(batch, ['mpii'], 'a head')


def test_samples_that_were_not_encoded_are_named():
    batch = pose_batch(['coco', 'coco'], CODECS['msra'])
    batch[1].gt_instance_labels = InstanceData()
    with pytest.raises(LandmarkError, match='a head: sample 1 .* has no labels.*GenerateTarget'):
        supervision.collect_labels(batch, dict(coco=[0, 1]), SCHEMAS, 'a head')


@pytest.mark.parametrize('codec', [*CODECS, *SIMCC_CODECS])
def test_labels_are_the_supervised_keypoints_sample_by_sample(codec):
    simcc = codec in SIMCC_CODECS
    config = SIMCC_CODECS[codec] if simcc else CODECS[codec]
    batch = pose_batch(['coco', 'mpii', 'coco'], config, {0: [1, 3], 2: [0, 3, 16]})
    groups = dict(coco=[0, 2], mpii=[1])
    labels = supervision.collect_labels(batch, groups, SCHEMAS, 'a head', simcc)
    coco = labels['coco']
    assert coco.count == 5 and coco.index.tolist() == [1, 3, 17, 20, 33]
    assert coco.keypoints().tolist() == [1, 3, 0, 3, 16]
    assert labels['mpii'].index is None and labels['mpii'].keypoints().tolist() == list(range(16))
    if simcc:
        expected = batch[2].gt_instance_labels.keypoint_y_labels[0, [0, 3, 16], None]
        assert torch.equal(coco.targets[1][2:], expected)
    else:
        maps = batch[2].gt_fields.heatmaps.unflatten(0, (17, -1))[[0, 3, 16]]
        assert torch.equal(coco.targets[0][2:], maps)


def test_rows_of_an_output():
    maps = torch.rand(2, 6, 4, 3)
    (rows,) = supervision.keypoint_rows(maps, 3, 'a head')
    assert rows.shape == (6, 2, 4, 3) and torch.equal(rows[4], maps[1, 2:4])
    x, y = supervision.keypoint_rows((torch.rand(2, 3, 5), torch.rand(2, 3, 7)), 3, 'a head')
    assert x.shape == (6, 1, 5) and y.shape == (6, 1, 7)
    with pytest.raises(LandmarkError, match='a head: gives 6 maps, expected a multiple of 4'):
        supervision.keypoint_rows(maps, 4, 'a head')
    last = supervision.keypoint_rows(maps.to(memory_format=torch.channels_last), 3, 'a head')
    assert torch.equal(last[0], rows)


def test_the_sum_over_rows_has_at_least_single_precision():
    loss = MODELS.build(dict(type='KeypointMSELoss', use_target_weight=True))
    rows = torch.ones(4000, 1, 8, 8)
    half = supervision.sum_over_rows(
        loss, 'mean', (rows.half(),), (3 * rows.half(),), torch.ones(4000).half()
    )
    assert half.dtype == torch.float32 and float(half) == 16000
    double = supervision.sum_over_rows(
        loss, 'mean', (rows.double(),), (3 * rows.double(),), torch.full((4000,), 0.5).double()
    )
    assert double.dtype == torch.float64 and float(double) == 8000


def test_maps_of_another_size_than_the_codec_makes_are_named():
    loss = MODELS.build(dict(type='KeypointMSELoss', use_target_weight=True))
    with pytest.raises(LandmarkError, match='the head gives 1x8x8, the codec labels of 1x16x16'):
        supervision.sum_over_rows(
            loss, 'mean', (torch.ones(2, 1, 8, 8),), (torch.ones(2, 1, 16, 16),), torch.ones(2)
        )


def test_shares_of_the_data_sets():
    sums = dict(a=torch.tensor(6.0), b=torch.tensor(2.0), c=torch.tensor(0.0))
    found = supervision.normalised_losses(sums, dict(a=3, b=1, c=0), dict(b=5.0), sums['a'])
    assert {k: float(v) for k, v in found.items()} == {
        'loss_kpt/a': 1.5,
        'loss_kpt/b': 2.5,
        'loss_kpt/c': 0.0,
    }
    nothing = supervision.normalised_losses(dict(a=sums['c']), dict(a=0), {}, sums['c'])
    assert float(nothing['loss_kpt/a']) == 0


def test_a_zero_with_a_gradient():
    tensors = [
        torch.full((2, 3), torch.inf, requires_grad=True),
        torch.ones((), requires_grad=True),
    ]
    zero = supervision.through(tensors)
    zero.backward()
    assert float(zero.detach()) == 0
    assert all(tensor.grad is not None and not tensor.grad.any() for tensor in tensors)
