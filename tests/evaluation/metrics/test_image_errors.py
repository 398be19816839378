"""Failure rate, area under the CED, the normaliser `input` and the source of boxes as metrics."""

from __future__ import annotations

import json

import numpy as np
import pytest
from mmengine.evaluator import Evaluator
from mmengine.logging import MMLogger
from mmengine.structures import InstanceData
from mmpose.registry import EVALUATORS, METRICS
from mmpose.structures import PoseDataSample

import mmlandmark  # noqa: F401
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional import ced_auc, failure_rate
from mmlandmark.schemas import get_schema

DOG = get_schema('dogflw46')
META = {**DOG.to_metainfo(), 'dataset_name': 'dogflw'}
CONFIGS = [
    {'type': 'LandmarkNME', 'norm': 'eye_outer', 'scale': 100.0, 'per_region': True},
    {'type': 'LandmarkFailureRate', 'norm': 'eye_outer'},
    {'type': 'LandmarkCEDAUC', 'norm': 'eye_outer'},
]


@pytest.fixture
def dogs():
    """Six faces, one without an outer eye corner, as MMPose's top-down models return them."""
    rng = np.random.default_rng(0)
    target = rng.uniform(0, 200, (6, 46, 2))
    target[:, 18], target[:, 19] = [50, 60], [150, 60]
    pred = target + rng.normal(0, [[[2]], [[5]], [[7]], [[9]], [[20]], [[5]]], target.shape)
    visible = np.ones((6, 46), dtype=np.float32)
    visible[5, 19] = 0
    return pred, target, visible


def samples(pred, target, visible):
    found = []
    for row in range(len(pred)):
        sample = PoseDataSample(metainfo={'id': row, 'dataset_name': 'dogflw'})
        sample.gt_instances = InstanceData(
            keypoints=target[row : row + 1],
            keypoints_visible=visible[row : row + 1],
            bboxes=np.array([[0.0, 0.0, 200.0, 100.0]]),
            bbox_scales=np.array([[250.0, 125.0 + row]]),
            bbox_source=['landmarks' if row == 2 else 'annotation'],
        )
        sample.pred_instances = InstanceData(
            keypoints=pred[row : row + 1], keypoints_visible=np.ones((1, 46), dtype=np.float32)
        )
        found.append(sample)
    return found


def run(evaluator, dogs, meta=META):
    evaluator.dataset_meta = meta
    given = samples(*dogs)
    evaluator.process(given[:4])
    evaluator.process(given[4:])
    return evaluator.evaluate(len(given))


def test_the_same_under_both_evaluators_and_as_functions(dogs):
    plain = run(Evaluator([METRICS.build(c) for c in CONFIGS]), dogs)
    ours = EVALUATORS.build({'type': 'PerDatasetEvaluator', 'metrics': {'dogflw': CONFIGS}})
    figures = run(ours, dogs)
    assert figures == {f'dogflw/{key}': value for key, value in plain.items()}
    lengths = np.where(dogs[2][:, 19] > 0, 100.0, np.nan)
    for threshold in (0.08, 0.1):
        rate = failure_rate(*dogs, lengths, threshold)
        area = ced_auc(*dogs, lengths, threshold)
        assert plain[f'FR/eye_outer@{threshold}'] == rate.value
        assert plain[f'CED_AUC/eye_outer@{threshold}'] == area.value
    assert 0 < plain['FR/eye_outer@0.1'] < plain['FR/eye_outer@0.08'] < 1
    assert {'NME/eye_outer/micro', 'NME/eye_outer/right_ear'} <= set(plain)
    entry = ours.report['datasets']['dogflw']['figures']['FR/eye_outer@0.08']
    assert entry['normalizer'] == 'eye_outer' and entry['higher_is_better'] is False
    assert entry['num_instances'] == 5 and entry['num_excluded'] == 1
    assert entry['box_source'] == {'annotation': 5, 'landmarks': 1}


@pytest.mark.parametrize('per_data_set', [False, True])
def test_the_log_has_normaliser_exclusions_and_boxes_once(dogs, per_data_set, monkeypatch):
    lines = []
    monkeypatch.setattr(MMLogger, 'info', lambda self, text, *a: lines.append(text))
    monkeypatch.setattr(MMLogger, 'log', lambda self, level, text, *a, **k: lines.append(text))
    if per_data_set:
        config = {'type': 'PerDatasetEvaluator', 'metrics': {'dogflw': CONFIGS[:1]}}
        run(EVALUATORS.build(config), dogs)
    else:
        run(Evaluator([METRICS.build(CONFIGS[0])]), dogs)
    text = '\n'.join(map(str, lines))
    reason = 'NME/eye_outer: 1 instances excluded, eye_outer cannot be measured'
    assert text.count(reason) == 1
    assert text.count('boxes: 5 annotation, 1 landmarks') == 1
    assert 'normaliser' in text


def test_input_is_the_longer_side_of_the_crop(dogs):
    metric = METRICS.build({'type': 'LandmarkNME', 'norm': 'input'})
    figures = run(Evaluator([metric]), dogs)
    distance = np.linalg.norm(dogs[0] - dogs[1], axis=-1) / 250
    means = [row[mask > 0].mean() for row, mask in zip(distance, dogs[2], strict=True)]
    assert figures['NME/input'] == pytest.approx(np.mean(means))
    assert metric.last_results['NME/input'].normalizer == 'input'


def test_without_a_crop_there_is_no_input(dogs):
    metric = METRICS.build({'type': 'LandmarkNME', 'norm': 'input'})
    metric.dataset_meta = META
    given = [sample.to_dict() for sample in samples(*dogs)]
    for sample in given:
        del sample['gt_instances']['bbox_scales']
    metric.process(None, given)
    with pytest.raises(LandmarkError, match="'input' needs the size of the crop"):
        metric.evaluate(6)


def test_the_file_is_strict_json_with_the_source_of_boxes(dogs, tmp_path):
    out = tmp_path / 'fr.json'
    run(Evaluator([METRICS.build(CONFIGS[1] | {'out_file': str(out)})]), dogs)
    content = json.loads(out.read_text(), parse_constant=lambda text: pytest.fail(text))
    result = content['FR/eye_outer@0.08']
    assert result['box_source'] == {'annotation': 5, 'landmarks': 1}
    assert result['settings'] == {'threshold': 0.08}
    assert result['averages'] == {'instances': result['value']}


def test_a_prediction_that_is_no_number_raises(dogs):
    dogs[0][3, 7] = np.nan
    for config in CONFIGS:
        with pytest.raises(LandmarkError, match=r"\(annotation 3\).*'left_ear_tip'.*not finite"):
            run(Evaluator([METRICS.build(config)]), dogs)


def test_some_samples_may_not_say_where_their_box_is_from(dogs):
    metric = METRICS.build(CONFIGS[0])
    metric.dataset_meta = META
    given = [sample.to_dict() for sample in samples(*dogs)]
    del given[0]['gt_instances']['bbox_source']
    metric.process(None, given)
    metric.evaluate(6)
    source = metric.last_results['NME/eye_outer'].box_source
    assert source == {'annotation': 4, 'landmarks': 1, 'not stated': 1}


@pytest.mark.parametrize('thr', [(), -0.1, '8%', [0.08, 0], True, float('nan')])
def test_thresholds_are_positive_numbers(thr):
    with pytest.raises(LandmarkError, match='expected positive numbers'):
        METRICS.build({'type': 'LandmarkCEDAUC', 'norm': 'eye_outer', 'thr': thr})
