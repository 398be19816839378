"""Figures of hands: in units of the picture, with depth, relative to the wrist, per gesture."""

from __future__ import annotations

import json

import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
import torch
from mmengine.evaluator import Evaluator
from mmengine.logging import MMLogger
from mmengine.structures import InstanceData
from mmpose.registry import EVALUATORS, METRICS
from mmpose.structures import PoseDataSample

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional import coord_mae, mpjpe
from mmlandmark.schemas import get_schema

HAND = get_schema('hand21')
META = {**HAND.to_metainfo(), 'dataset_name': 'ouhands'}
FINGERS = ('thumb', 'index', 'middle', 'ring', 'pinky')
CONFIGS = [
    {'type': 'LandmarkMPJPE', 'group_by': 'gesture', 'per_region': True},
    {'type': 'LandmarkMPJPE', 'norm': 'image_width'},
    {'type': 'LandmarkMPJPE', 'norm': 'image_width', 'depth': True, 'root': 'wrist'},
    {'type': 'LandmarkCoordMAE', 'group_by': 'handedness'},
    {'type': 'LandmarkPCK', 'thr': 0.2, 'norm': 'bbox', 'group_by': 'gesture'},
]
WIDTH, HEIGHT = 200, 100


@pytest.fixture
def hands():
    """Predictions and labels of six hands, (6, 21, 3): pixels, and z in widths of the picture."""
    rng = np.random.default_rng(0)
    target = rng.uniform(0, 1, (6, 21, 3)) * [WIDTH, HEIGHT, 0.2]
    return target + rng.normal(0, 1, target.shape) * [9, 9, 0.04], target


def samples(pred, target, **changes):
    found = []
    for row in range(len(pred)):
        meta = {
            'id': row,
            'dataset_name': 'ouhands',
            'gesture': 'AB'[row % 2],
            'handedness': [None, 'left', 'right'][row % 3],
            'ori_shape': (HEIGHT, WIDTH),
            'img_shape': (50, 50),
        }
        sample = PoseDataSample(metainfo={k: v for k, v in {**meta, **changes}.items() if v != ()})
        sample.gt_instances = InstanceData(
            keypoints=target[row : row + 1, :, :2],
            keypoints_3d=target[row : row + 1],
            keypoints_visible=np.ones((1, 21), dtype=np.float32),
            bboxes=np.array([[0.0, 0.0, 80.0, 60.0]]),
        )
        sample.pred_instances = InstanceData(
            keypoints=pred[row : row + 1, :, :2],
            keypoints_3d=torch.tensor(pred[row : row + 1]),
            keypoints_visible=np.ones((1, 21), dtype=np.float32),
        )
        found.append(sample)
    return found


def run(evaluator, given, meta=META):
    evaluator.dataset_meta = meta
    evaluator.process(given[:4])
    evaluator.process(given[4:])
    return evaluator.evaluate(len(given))


def single(config, given):
    metric = METRICS.build(config)
    return run(Evaluator([metric]), given), metric


def test_the_same_under_both_evaluators_and_as_functions(hands):
    plain = run(Evaluator([METRICS.build(c) for c in CONFIGS]), samples(*hands))
    ours = EVALUATORS.build({'type': 'PerDatasetEvaluator', 'metrics': {'ouhands': CONFIGS}})
    assert run(ours, samples(*hands)) == {f'ouhands/{k}': v for k, v in plain.items()}
    seen, plane = np.ones((6, 21)), [points[..., :2] for points in hands]
    pixels = [points * [1, 1, WIDTH] for points in hands]
    length = {'normalizer': np.full(6, WIDTH), 'normalizer_name': 'image_width', 'schema': HAND}
    in_widths = mpjpe(*plane, seen, **length)
    in_space = mpjpe(*pixels, seen, root='wrist', **length)
    assert plain['MPJPE/image_width'] == pytest.approx(in_widths.value)
    assert plain['MPJPE/image_width'] == pytest.approx(plain['MPJPE/pixel'] / WIDTH)
    assert plain['MPJPE_3D/wrist-relative/image_width'] == pytest.approx(in_space.value)
    published = coord_mae(*hands, seen, np.full((6, 2), [WIDTH, HEIGHT]))
    assert plain['coord_mae'] == pytest.approx(published.value)
    assert {f'MPJPE/pixel/{finger}' for finger in FINGERS} <= set(plain)
    entries = ours.report['datasets']['ouhands']['figures']
    assert entries['coord_mae']['higher_is_better'] is False
    assert entries['MPJPE/pixel/gesture=A']['num_instances'] == 3


def test_a_figure_for_every_value_of_a_field(hands, tmp_path):
    out = tmp_path / 'mpjpe.json'
    figures, metric = single(CONFIGS[0] | {'out_file': str(out)}, samples(*hands))
    distance = np.linalg.norm((hands[0] - hands[1])[..., :2], axis=-1)
    for gesture, rows in (('A', distance[::2]), ('B', distance[1::2])):
        key = f'MPJPE/pixel/gesture={gesture}'
        assert figures[key] == pytest.approx(rows.mean())
        assert figures[f'{key}/macro'] == pytest.approx(rows.mean())
        assert figures[f'{key}/thumb'] == pytest.approx(rows[:, 1:5].mean())
        assert metric.last_results[key].num_points == 3 * 21
    content = json.loads(out.read_text(), parse_constant=pytest.fail)
    assert list(content) == ['MPJPE/pixel', 'MPJPE/pixel/gesture=A', 'MPJPE/pixel/gesture=B']


def test_a_value_that_is_none_is_a_group_of_its_own(hands):
    figures, metric = single(CONFIGS[3], samples(*hands))
    assert list(figures) == ['coord_mae'] + [
        f'coord_mae/handedness={value}' for value in ('left', 'not stated', 'right')
    ]
    counts = [result.num_instances for result in metric.last_results.values()]
    assert counts == [6, 2, 2, 2]


def test_groups_of_several_data_sets_are_pooled(hands):
    metas = {name: {**META, 'dataset_name': name} for name in ('one', 'other')}
    evaluator = EVALUATORS.build(
        {'type': 'PerDatasetEvaluator', 'metrics': dict.fromkeys(metas, CONFIGS[0])}
    )
    given = samples(*hands, dataset_name='one') + samples(*hands, dataset_name='other')
    figures = run(evaluator, given, {'datasets': metas, 'dataset_name': 'both'})
    key = 'MPJPE/pixel/gesture=B'
    assert figures[f'pooled/{key}'] == pytest.approx(figures[f'one/{key}'])
    assert evaluator.report['pooled'][key]['num_instances'] == 6


def test_a_field_of_the_annotation_will_do(hands):
    given = samples(*hands, gesture=(), raw_ann_info={'gesture': np.int64(3)})
    figures, _ = single(CONFIGS[0], given)
    assert figures['MPJPE/pixel/gesture=3'] == figures['MPJPE/pixel']


def test_hands_without_depth_are_excluded_and_told(hands, monkeypatch):
    lines = []
    monkeypatch.setattr(MMLogger, 'log', lambda self, level, text, *a, **k: lines.append(text))
    given = samples(*hands)
    del given[1].gt_instances.keypoints_3d
    given[2].gt_instances.keypoints_3d[..., 2] = np.nan
    figures, metric = single({'type': 'LandmarkMPJPE', 'depth': True}, given)
    result = metric.last_results['MPJPE_3D/pixel']
    assert result.excluded == {'no labelled depth': 2} and result.num_instances == 4
    distance = np.linalg.norm((hands[0] - hands[1]) * [1, 1, WIDTH], axis=-1)
    assert figures['MPJPE_3D/pixel'] == pytest.approx(distance[[0, 3, 4, 5]].mean())
    assert 'MPJPE_3D/pixel: 2 instances excluded, no labelled depth' in '\n'.join(lines)


def test_without_the_size_of_the_picture(hands):
    for config in CONFIGS[1:4]:
        with pytest.raises(LandmarkError, match="'image_width' needs the size of the picture"):
            single(config, samples(*hands, ori_shape=(), img_shape=()))
    plain, _ = single(CONFIGS[1], samples(*hands, ori_shape=(), img_shape=(HEIGHT, WIDTH, 3)))
    assert plain == single(CONFIGS[1], samples(*hands))[0]


def test_bad_input_is_told(hands):
    with pytest.raises(LandmarkError, match=r"annotation 0: no field 'gestur'.*mean 'gesture'"):
        single(CONFIGS[0] | {'group_by': 'gestur'}, samples(*hands))
    with pytest.raises(LandmarkError, match="annotation 0: field 'gesture' holds a list"):
        single(CONFIGS[0], samples(*hands, gesture=['A']))
    given = samples(*hands)
    del given[3].pred_instances.keypoints_3d
    with pytest.raises(LandmarkError, match='annotation 3: the prediction has no depth'):
        single(CONFIGS[3], given)
    given = samples(*hands)
    del given[3].gt_instances.keypoints_3d
    given[3].gt_instances.keypoints_3d = np.zeros((1, 20, 3))
    with pytest.raises(LandmarkError, match=r'annotation 3: .*\(1, 20, 3\): expected \(1, 21, 3\)'):
        single(CONFIGS[3], given)
    hands[0][2, 4, 2] = np.inf
    with pytest.raises(LandmarkError, match=r"\(annotation 2\).*'thumb_tip'.*not finite"):
        single(CONFIGS[2], samples(*hands))
