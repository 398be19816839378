from __future__ import annotations

import json

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmlandmark.evaluation.evaluators.comparison import (
    MethodFigures,
    compare,
    higher_is_better,
    loss_line,
    render_comparison,
)
from mmlandmark.evaluation.functional import nme


@pytest.mark.parametrize(
    ('key', 'expected'),
    [
        ('NME/eye_outer', False),
        ('MPJPE/pixel/macro', False),
        ('EPE', False),
        ('test/NME/bbox', False),
        ('PCKh@0.5', True),
        ('PCK/head_size@0.2/face', True),
        ('Head PCK', True),
        ('AUC/bbox', True),
        ('coco/AP', True),
        ('coco/AR .5', True),
        ('something', None),
    ],
)
def test_which_way_is_better(key, expected):
    assert higher_is_better(key) is expected


def methods(labelled, **others):
    def figures(pred):
        result = nme(
            pred, labelled.target, labelled.visible, labelled.head_size, normalizer_name='head_size'
        )
        return MethodFigures({result.name: result.value}, {result.name: result})

    return {'model': figures(labelled.pred)} | {k: figures(v) for k, v in others.items()}


def test_exclusions_stand_under_the_table(labelled):
    labelled.visible[:] = 2
    labelled.head_size[:3] = 0
    comparison = compare(methods(labelled))
    assert 'model, NME/head_size: 3 instances excluded, head_size is not positive' in (
        render_comparison(comparison)
    )
    entry = comparison['metrics']['NME/head_size']
    assert entry['normalizer'] == 'head_size' and entry['methods']['model']['num_excluded'] == 3


def test_strict_json_where_nothing_could_be_measured(labelled):
    labelled.visible[:] = 0
    comparison = compare(methods(labelled))
    json.dumps(comparison, allow_nan=False)
    assert comparison['metrics']['NME/head_size']['methods']['model']['value'] is None
    assert ' - ' in render_comparison(comparison)


def test_a_model_without_a_figure_loses_to_a_baseline_with_one():
    compared = compare(
        {'model': MethodFigures({'EPE': float('nan')}), 'affine': MethodFigures({'EPE': 2.0})}
    )
    assert [loss['baseline'] for loss in compared['losses']] == ['affine']
    assert loss_line(compared['losses'][0]) == 'model is worse than affine on EPE: - > 2.000'


def test_equal_figures_are_no_defeat_and_close_ones_show_the_difference(labelled):
    compared = compare(methods(labelled, affine=labelled.pred))
    assert compared['losses'] == []
    close = {'model': MethodFigures({'EPE': 3.80004}), 'affine': MethodFigures({'EPE': 3.80001})}
    assert loss_line(compare(close)['losses'][0]).endswith('EPE: 3.80004 > 3.80001')
    rounding = {
        'model': MethodFigures({'EPE': 27.836215024}),
        'affine': MethodFigures({'EPE': 27.836214860}),
    }
    assert compare(rounding)['losses'] == []


def test_metric_of_unknown_direction_is_shown_without_a_verdict():
    compared = compare({'model': MethodFigures({'x': 1.0}), 'affine': MethodFigures({'x': 2.0})})
    assert compared['losses'] == [] and 'x' in compared['metrics']


def test_styles(labelled):
    labelled.visible[:] = 2
    comparison = compare(methods(labelled, mapping=labelled.target))
    lines = render_comparison(comparison, 'markdown').splitlines()
    assert lines[0].startswith('| method | NME/head_size (fraction) |') and lines[4] == ''
    assert lines[5].startswith('- model is worse than mapping')
    assert len(render_comparison(comparison, 'csv').splitlines()) == 3
