"""Metrics over covered keypoints: what a conversion cannot give is neither right nor wrong."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.registry import DefaultScope  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.evaluation.metrics import CoveredMetric, MpiiPCKh  # noqa: E402
from mmlandmark.schemas import Mapping  # noqa: E402

from .covered_people import COCO, MPII, metainfo, samples  # noqa: E402

COPIED = Mapping.between(COCO, MPII).covered
NUM = 6


@pytest.fixture(autouse=True)
def scope():
    with DefaultScope.overwrite_default_scope('mmpose'):
        yield


def made(covered=COPIED, given=None):
    """Predictions that are exact where covered and at the origin elsewhere."""
    rng = np.random.default_rng(0)
    truth = rng.uniform(100, 400, (NUM, 16, 2))
    visible = rng.choice([0, 1], (NUM, 16), p=[0.2, 0.8])
    pred = np.where(COPIED[:, None], truth, 0.0)
    result = samples(pred, np.ones((NUM, 16)), truth, visible, covered)
    if given is not None:
        for sample, row in zip(result, given, strict=True):
            sample['pred_instances']['keypoints_visible'] = row[None].astype(np.uint8)
    return result, visible


def measure(metric, batch):
    metric.dataset_meta = metainfo(MPII)
    metric.process(None, batch)
    return metric.evaluate(len(batch))


def test_what_is_not_covered_is_not_wrong():
    batch, visible = made()
    metric = CoveredMetric([MpiiPCKh(per_keypoint=True), dict(type='LandmarkPCK')])
    figures = measure(metric, batch)
    assert figures['covered/PCKh@0.5'] == 100
    assert figures['covered/PCK/bbox@0.05'] == 1
    assert np.isnan(figures['covered/PCKh@0.5/head_top'])
    assert figures['coverage/keypoints'] == 12 / 16
    counted = visible.sum(axis=0)
    assert figures['coverage/points'] == counted[COPIED].sum() / counted.sum()
    assert metric.coverage.labelled.tolist() == counted.tolist()
    assert measure(MpiiPCKh(), batch)['PCKh@0.5'] < 90  # as if the head were wrong
    line = f'head_top ({counted[MPII.index("head_top")]} labelled)'
    assert line in metric.coverage.summary()
    assert 'head_top        no' in metric.coverage.table()


def test_inferred_predictions_of_covered_keypoints_are_counted():
    batch, _ = made()
    wrist, head = MPII.index('left_wrist'), MPII.index('head_top')
    for number, sample in enumerate(batch):
        inferred = np.zeros((1, 16), dtype=bool)
        inferred[0, [wrist, head]] = number < 2  # the head is not covered
        sample['pred_instances']['keypoints_inferred'] = inferred
    metric = CoveredMetric(MpiiPCKh())
    measure(metric, batch)
    assert metric.coverage.inferred.tolist() == [2 * (i == wrist) for i in range(16)]
    assert metric.coverage.summary().endswith('; 2 predictions of covered ones are inferred')
    (row,) = (line for line in metric.coverage.table().splitlines() if 'left_wrist' in line)
    assert row.split()[-1] == '2'
    measure(metric := CoveredMetric(MpiiPCKh()), made()[0])
    assert 'inferred' not in metric.coverage.summary() and not metric.coverage.inferred.any()


def test_metrics_of_mmpose_run_inside():
    batch, visible = made()
    metric = CoveredMetric([dict(type='PCKAccuracy', thr=0.05), dict(type='EPE')])
    figures = measure(metric, batch)
    assert figures['covered/PCK'] == 1 and figures['covered/EPE'] == pytest.approx(0, abs=1e-4)
    for sample in batch:  # as newer pipelines have it: with weights
        labels = sample['gt_instances']
        labels['keypoints_visible'] = np.repeat(labels['keypoints_visible'][..., None], 2, axis=2)
    again = CoveredMetric([dict(type='PCKAccuracy', thr=0.05), dict(type='EPE')])
    assert measure(again, batch) == figures


def test_a_covered_point_that_was_not_given_is_a_miss():
    given = np.tile(COPIED, (NUM, 1))
    _, visible = made()
    joint = MPII.index('left_wrist')
    given[np.argmax(visible[:, joint]), joint] = False
    batch, _ = made(given=given)
    figures = measure(CoveredMetric(MpiiPCKh()), batch)
    counted = visible[:, COPIED].sum()
    assert figures['covered/PCKh@0.5'] == pytest.approx(100 * (counted - 1) / counted)


def test_without_a_declaration_everything_is_covered():
    batch, _ = made(covered=None)
    figures = measure(CoveredMetric(MpiiPCKh()), batch)
    assert figures['coverage/keypoints'] == 1
    assert figures['covered/PCKh@0.5'] == measure(MpiiPCKh(), batch)['PCKh@0.5']


def test_labels_in_a_file_cannot_be_hidden():
    with pytest.raises(LandmarkError, match='use CoveredCocoMetric'):
        CoveredMetric(dict(type='CocoMetric'))


def test_predictions_of_another_schema_are_refused():
    batch, _ = made()
    batch[2]['pred_schema'] = COCO
    with pytest.raises(LandmarkError, match="annotation 3: predicted in 'coco17', but .*'mpii16'"):
        measure(CoveredMetric(MpiiPCKh()), batch)
    batch, _ = made(covered=COPIED[:12])
    with pytest.raises(LandmarkError, match='is for 12 keypoints, the data set has 16'):
        measure(CoveredMetric(MpiiPCKh()), batch)
