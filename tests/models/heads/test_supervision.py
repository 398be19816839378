"""Grouping of samples, and which of their keypoints are supervised."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.structures import InstanceData  # noqa: E402

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


def test_pictures_of_several_known_data_sets_at_once_are_known():
    batch = pose_batch(['mpii', 'coco'], CODECS['msra'])
    assert not supervision.are_of_several(batch, ['coco', 'mpii'])
    batch[0].set_metainfo(dict(dataset_name='mpii+coco'))
    assert not supervision.are_of_several(batch, ['coco', 'mpii'])  # not all are
    batch[1].set_metainfo(dict(dataset_name='coco+aic+mpii'))
    assert not supervision.are_of_several(batch, ['coco', 'mpii'])  # aic is not known
    assert supervision.are_of_several(batch, ['coco', 'mpii', 'aic'])
    assert not supervision.are_of_several([], ['coco'])


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
