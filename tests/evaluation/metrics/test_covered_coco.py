"""AP over covered keypoints, against xtcocotools on a ground truth that holds nothing else."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from mmpose.evaluation.metrics import CocoMetric  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.evaluation.metrics import CoveredCocoMetric  # noqa: E402

from .covered_people import COCO, COVERED, MPII, metainfo, people, samples, write_coco  # noqa: E402

NUM = 12


def measure(metric, made, schema=COCO, meta=None):
    metric.dataset_meta = meta or metainfo(schema)
    metric.process(None, made)
    return metric.evaluate(len(made))


def predictions(seed=1, noise=9.0):
    rng = np.random.default_rng(seed)
    truth, visible = people(NUM)
    return truth + rng.normal(0, noise, truth.shape), rng.uniform(0.3, 1, visible.shape)


@pytest.fixture(scope='module')
def whole(tmp_path_factory):
    return write_coco(
        tmp_path_factory.mktemp('coco') / 'whole.json', *people(NUM), list(COCO.keypoints)
    )


def test_a_person_by_hand(tmp_path):
    """Eleven covered joints are exact, the twelfth has exp(-1): OKS is (11 + 1/e) / 12 = 0.947.

    So 9 of the 10 thresholds from 0.5 to 0.95 are passed. Over all 17 joints, the others at the
    origin, OKS would be 0.669 and 4 thresholds.
    """
    truth, visible = people(1)
    truth += 300  # far from the origin
    visible[:] = 2
    file = write_coco(tmp_path / 'one.json', truth, visible, list(COCO.keypoints))
    pred = np.where(COVERED[:, None], truth, 0.0)
    joint = COCO.index('left_knee')
    # OKS: exp(-d^2 / (2 area (2 sigma)^2))
    pred[0, joint, 0] += math.sqrt(2 * 10000) * 2 * COCO.sigmas[joint]
    made = samples(pred, np.ones((1, 17)), truth, visible, COVERED)
    figures = measure(CoveredCocoMetric(ann_file=str(file)), made)
    assert 0.9 < (11 + math.exp(-1)) / 12 < 0.95 and 0.65 < (11 + math.exp(-1)) / 17 < 0.7
    assert figures['covered/AP'] == pytest.approx(0.9)
    assert figures['coverage/OKS_keypoints'] == pytest.approx(12 / 17)
    assert figures['coverage/OKS_points'] == pytest.approx(12 / 17)
    assert measure(CocoMetric(ann_file=str(file)), made)['coco/AP'] == pytest.approx(0.4)


def reduced_metainfo():
    """COCO's metainfo with the covered keypoints only, made by hand for the reference."""
    meta = dict(metainfo(COCO))
    return meta | dict(sigmas=np.asarray(meta['sigmas'])[COVERED], num_keypoints=12)


@pytest.mark.parametrize('score_mode', ['bbox', 'bbox_keypoint', 'keypoint'])
@pytest.mark.parametrize('nms_mode', ['oks_nms', 'soft_oks_nms', 'none'])
def test_it_is_coco_on_a_reduced_ground_truth(tmp_path, whole, score_mode, nms_mode):
    truth, visible = people(NUM)
    visible[3, COVERED] = 0  # a person of whom only uncovered joints are labelled is ignored
    file = write_coco(tmp_path / 'whole.json', truth, visible, list(COCO.keypoints))
    names = [name for name, given in zip(COCO.keypoints, COVERED, strict=True) if given]
    # a box says where an ignored person is; it belongs to the person, not to the joints
    reduced = write_coco(
        tmp_path / 'reduced.json', truth[:, COVERED], visible[:, COVERED], names, truth.min(axis=1)
    )
    pred, scores = predictions()
    options = dict(score_mode=score_mode, nms_mode=nms_mode, nms_thr=0.5)
    ours = measure(
        CoveredCocoMetric(ann_file=str(file), **options),
        samples(pred, scores, truth, visible, COVERED),
    )
    theirs = measure(
        CocoMetric(ann_file=str(reduced), **options),
        samples(pred[:, COVERED], scores[:, COVERED], truth, visible),
        meta=reduced_metainfo(),
    )
    assert 0.05 < theirs['coco/AP'] < 0.95
    for key, value in theirs.items():
        assert ours[key.replace('coco/', 'covered/')] == pytest.approx(value, abs=1e-9), key


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.floats(-1e4, 1e4), st.floats(0, 1))
def test_uncovered_points_neither_lower_nor_raise_it(whole, seed, offset, score):
    truth, visible = people(NUM)
    pred, scores = predictions()
    usual = measure(
        CoveredCocoMetric(ann_file=str(whole)), samples(pred, scores, truth, visible, COVERED)
    )
    rng = np.random.default_rng(seed)
    pred[:, ~COVERED] = offset + rng.normal(0, 100, pred[:, ~COVERED].shape)
    scores[:, ~COVERED] = score
    changed = measure(
        CoveredCocoMetric(ann_file=str(whole)), samples(pred, scores, truth, visible, COVERED)
    )
    assert changed == usual


def test_with_everything_covered_it_is_coco(whole):
    truth, visible = people(NUM)
    pred, scores = predictions()
    theirs = measure(CocoMetric(ann_file=str(whole)), samples(pred, scores, truth, visible))
    for covered in (None, np.ones(17, dtype=bool)):
        metric = CoveredCocoMetric(ann_file=str(whole))
        ours = measure(metric, samples(pred, scores, truth, visible, covered))
        for key, value in theirs.items():
            assert ours[key.replace('coco/', 'covered/')] == pytest.approx(value, abs=1e-9)
        assert ours['coverage/OKS_keypoints'] == 1


def test_evaluating_twice_gives_the_same(whole):
    truth, visible = people(NUM)
    pred, scores = predictions()
    metric = CoveredCocoMetric(ann_file=str(whole))
    made = samples(pred, scores, truth, visible, COVERED)
    first = measure(metric, made)
    metric.process(None, made)
    assert metric.evaluate(NUM) == first
    assert metric.coverage.labelled.tolist() == (visible > 0).sum(axis=0).tolist()
    assert 'not covered: nose (' in metric.coverage.summary()


def test_inferred_predictions_of_covered_keypoints_are_counted(whole):
    truth, visible = people(NUM)
    pred, scores = predictions()
    made = samples(pred, scores, truth, visible, COVERED)
    for sample in made[:3]:
        sample['pred_instances']['keypoints_inferred'] = np.ones((1, 17), dtype=bool)
    metric = CoveredCocoMetric(ann_file=str(whole))
    measure(metric, made)
    assert metric.coverage.inferred.tolist() == (3 * COVERED).tolist()
    assert metric.coverage.summary().endswith('; 36 predictions of covered ones are inferred')


def test_ground_truth_may_come_from_the_samples():
    truth, visible = people(NUM)
    pred, scores = predictions()
    made = samples(pred, scores, truth, visible, COVERED)
    for i, sample in enumerate(made):
        values = np.concatenate([truth[i], visible[i][:, None]], axis=1).ravel().tolist()
        sample['ori_shape'] = (640, 640)
        sample['raw_ann_info'] = dict(id=i + 1, image_id=i // 2 + 1, category_id=1, iscrowd=0)
        sample['raw_ann_info'] |= dict(area=10000.0, bbox=[0, 0, 9, 9], keypoints=values)
    meta = metainfo(COCO) | dict(CLASSES=[dict(id=1, name='person')])
    figures = measure(CoveredCocoMetric(), made, meta=meta)
    assert 0.05 < figures['covered/AP'] < 0.95


def test_wrong_use_is_said_in_one_line(whole, tmp_path):
    with pytest.raises(LandmarkError, match="iou_type='keypoints_crowd'; expected 'keypoints'"):
        CoveredCocoMetric(ann_file=str(whole), iou_type='keypoints_crowd')
    with pytest.raises(LandmarkError, match='use a ConvertedHead'):
        CoveredCocoMetric(ann_file=str(whole), pred_converter=dict(num_keypoints=17, mapping=[]))
    truth, visible = people(NUM)
    pred, scores = predictions()
    made = samples(pred, scores, truth, visible, COVERED)
    made[0]['pred_schema'] = MPII
    with pytest.raises(LandmarkError, match="annotation 1: predicted in 'mpii16'"):
        measure(CoveredCocoMetric(ann_file=str(whole)), made)
    made = samples(pred, scores, truth, visible, COVERED)
    made[1]['pred_instances']['keypoints_covered'] = np.ones((1, 17), dtype=bool)
    with pytest.raises(LandmarkError, match='do not all cover the same keypoints'):
        measure(CoveredCocoMetric(ann_file=str(whole)), made)
    short = write_coco(tmp_path / 'short.json', truth[:, :16], visible[:, :16], [])
    with pytest.raises(LandmarkError, match='annotation 1: has 48 numbers in keypoints'):
        made = samples(pred, scores, truth, visible, COVERED)
        measure(CoveredCocoMetric(ann_file=str(short)), made)
