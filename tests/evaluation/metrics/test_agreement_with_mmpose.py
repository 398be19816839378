"""The figures of MMPose's own metrics, on the same samples, to 1e-6."""

from __future__ import annotations

import json

import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.evaluation.metrics import AUC, EPE, NME, MpiiPCKAccuracy, PCKAccuracy
from numpy.testing import assert_allclose

from mmlandmark.evaluation.metrics import (
    LandmarkAUC,
    LandmarkMPJPE,
    LandmarkNME,
    LandmarkPCK,
    MpiiPCKh,
)
from mmlandmark.schemas import get_mapping, get_schema

TOLERANCE = 1e-6


def figures(metric, samples, schema=None):
    metric.dataset_meta = {'schema': schema, 'dataset_name': 'x', 'keypoint_id2name': {0: 0, 1: 1}}
    metric.process(None, samples)
    return metric.evaluate(len(samples))


@pytest.mark.parametrize('seed', range(4))
def test_masked_random_points(seed, face5, make_labelled):
    labelled = make_labelled(num=60, seed=seed)
    labelled.visible[:, :2] = 2  # MMPose's NME does not ask whether the two points are labelled
    samples = labelled.samples()
    ours = {}
    for metric in (
        LandmarkMPJPE(),
        LandmarkNME('eyes'),
        LandmarkNME('bbox'),
        LandmarkNME('head_size'),
        LandmarkPCK([0.05, 0.2], 'bbox'),
        LandmarkPCK(0.3, 'head'),
        LandmarkAUC('pixel', max_threshold=30),
    ):
        ours.update(figures(metric, samples, face5))
    eyes = NME('keypoint_distance', keypoint_indices=[0, 1])
    theirs = {
        'MPJPE/pixel': figures(EPE(), samples)['EPE'],
        'NME/eyes/micro': figures(eyes, samples)['NME'],
        'NME/bbox/micro': figures(NME('use_norm_item', 'bbox_size'), samples)['NME'],
        'NME/head_size/micro': figures(NME('use_norm_item', 'head_size'), samples)['NME'],
        'PCK/bbox@0.05': figures(PCKAccuracy(0.05), samples)['PCK'],
        'PCK/bbox@0.2': figures(PCKAccuracy(0.2), samples)['PCK'],
        'PCK/head_size@0.3': figures(PCKAccuracy(0.3, 'head'), samples)['PCKh'],
        'AUC/pixel@30': figures(AUC(30), samples)['AUC'],
    }
    for key, value in theirs.items():
        assert_allclose(ours[key], value, rtol=TOLERANCE, atol=TOLERANCE, err_msg=key)
        assert value > 0


def test_instances_of_length_zero_are_left_out_by_both(face5, labelled):
    labelled.head_size[:7] = 0
    samples = labelled.samples()
    ours = figures(LandmarkNME('head_size'), samples, face5)['NME/head_size/micro']
    theirs = figures(NME('use_norm_item', 'head_size'), samples)['NME']
    assert_allclose(ours, theirs, rtol=TOLERANCE)


def pckh(samples, offset):
    metric = MpiiPCKh(prediction_offset=offset, per_region=True)
    return figures(metric, samples, get_schema('mpii16'))


def assert_same_pckh(ours, theirs):
    assert_allclose(ours['PCKh@0.5'], theirs['PCK'], atol=TOLERANCE)
    assert_allclose(ours['PCKh@0.1'], theirs['PCK@0.1'], atol=2e-6)  # theirs is a float32
    for group in ('Head', 'Shoulder', 'Elbow', 'Wrist', 'Hip', 'Knee', 'Ankle'):
        assert_allclose(ours[f'PCKh@0.5/{group}'], theirs[f'{group} PCK'], atol=TOLERANCE)


@pytest.mark.parametrize('seed', range(3))
def test_official_pckh(seed, make_labelled):
    samples = make_labelled(num=80, keypoints=16, seed=seed).samples()
    assert_same_pckh(pckh(samples, 1.0), figures(MpiiPCKAccuracy(), samples))
    assert pckh(samples, 0.0)['PCKh@0.1'] != pckh(samples, 1.0)['PCKh@0.1']


def test_official_pckh_on_real_pairs(shared_data):
    content = json.loads((shared_data / 'body_coco17_mpii16' / 'val.json').read_text())
    mapping = get_mapping('coco17-to-mpii16')
    samples = []
    for annotation in content['annotations']:
        source = np.array(annotation['keypoints']).reshape(1, 17, 3)
        target = np.array(annotation['keypoints_target']).reshape(1, 16, 3)
        truth = {'keypoints': target[..., :2], 'keypoints_visible': target[..., 2]}
        truth['head_size'] = np.array([annotation['head_size']])
        points = mapping.apply(source[..., :2], source[..., 2])[0]
        samples.append({'pred_instances': {'keypoints': points}, 'gt_instances': truth})
    theirs = figures(MpiiPCKAccuracy(), samples)
    assert_same_pckh(pckh(samples, 1.0), theirs)
    assert 75 < theirs['PCK'] < 85
