from __future__ import annotations

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.hooks import CheckpointHook

from mmlandmark.apis.save_best import check_save_best
from mmlandmark.errors import LandmarkError

EVALUATOR = {'type': 'PerDatasetEvaluator', 'metrics': {'coco': {}, 'mpii': {}}}


def config(evaluator=EVALUATOR, **checkpoint):
    return {'default_hooks': {'checkpoint': checkpoint}, 'val_evaluator': evaluator}


@pytest.mark.parametrize(
    ('key', 'advice'),
    [
        ('coco/AP', "rule='greater' (higher is better)"),
        ('pooled/NME/bbox', "rule='less' (lower is better)"),
        ('mpii/odd', "rule to 'greater' or 'less'"),
    ],
)
def test_a_missing_rule_is_told_with_the_right_one(key, advice):
    with pytest.raises(ValueError, match='Cannot infer the rule'):
        CheckpointHook(save_best=key)
    with pytest.raises(LandmarkError) as caught:
        check_save_best(config(save_best=key))
    assert repr(key) in str(caught.value) and advice in str(caught.value)
    check_save_best(config(save_best=key, rule='less'))


def test_a_wrong_guess_of_mmengine_is_told():
    hook = CheckpointHook(save_best='laptop/NME/bbox')
    assert hook.is_better_than['laptop/NME/bbox'](2, 1)
    with pytest.raises(LandmarkError, match="rule='less'"):
        check_save_best(config({}, save_best='laptop/NME/bbox'))


@pytest.mark.parametrize(
    'checkpoint',
    [
        {},
        {'save_best': 'auto'},
        {'save_best': 'pooled/AUC/bbox'},
        {'save_best': ['coco/AP', 'pooled/NME/bbox'], 'rule': ['greater', 'less']},
        {'save_best': 'coco/AP', 'greater_keys': ['AP']},
    ],
)
def test_what_mmengine_takes_is_taken(checkpoint):
    CheckpointHook(**checkpoint)
    check_save_best(config(**checkpoint))


def test_an_entry_of_a_data_set_without_metrics():
    with pytest.raises(LandmarkError, match="data set 'cocoo' .did you mean 'coco'.*coco, mpii"):
        check_save_best(config(save_best='cocoo/AP', rule='greater'))
    check_save_best(config(evaluator={'type': 'CocoMetric'}, save_best='coco/AP', rule='greater'))
    check_save_best(config(save_best='NME/bbox', rule='less', evaluator=None))
    check_save_best({})
