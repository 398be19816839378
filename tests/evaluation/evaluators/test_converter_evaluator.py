from __future__ import annotations

import json

import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.logging import MMLogger
from mmengine.registry import EVALUATOR, DefaultScope
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.evaluators import ConverterEvaluator
from mmlandmark.evaluation.metrics import LandmarkNME

METRICS = [
    {'type': 'LandmarkNME', 'norm': 'bbox', 'scale': 100},
    {'type': 'LandmarkPCK', 'thr': 0.1, 'norm': 'bbox'},
    {'type': 'EPE'},
]


def build(schema, metrics=METRICS, **kwargs) -> ConverterEvaluator:
    evaluator = ConverterEvaluator(metrics, **kwargs)
    evaluator.dataset_meta = {'schema': schema, 'dataset_name': 'face5'}
    return evaluator


def run(evaluator, samples):
    for start in range(0, len(samples), 16):
        evaluator.process(samples[start : start + 16])
    return evaluator.evaluate(len(samples))


@pytest.fixture
def printed(caplog):
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    yield lambda: caplog.text
    logger.removeHandler(caplog.handler)


@pytest.fixture
def worse(labelled):
    return labelled.pred + np.random.default_rng(9).normal(0, 15, labelled.pred.shape)


def test_baselines_get_what_they_would_get_alone(labelled, worse, face5):
    figures = run(build(face5), labelled.samples(affine=worse, mapping=labelled.target))
    alone = run(build(face5), labelled.samples())
    worse_alone = run(build(face5), labelled.replace(pred=worse).samples())
    for key, value in alone.items():
        assert figures[key] == value
        assert figures[f'affine/{key}'] == worse_alone[key]
    assert figures['mapping/NME/bbox'] == 0 and figures['mapping/EPE'] == 0
    assert len(figures) == 3 * len(alone)


def test_table_and_defeats_are_printed(labelled, worse, face5, printed):
    evaluator = build(face5)
    run(evaluator, labelled.samples(affine=worse, mapping=labelled.target))
    losses = {(loss['baseline'], loss['metric']) for loss in evaluator.comparison['losses']}
    assert losses == {('mapping', 'NME/bbox'), ('mapping', 'PCK/bbox@0.1'), ('mapping', 'EPE')}
    text = printed()
    for part in ('NME/bbox (x100)', 'PCK/bbox@0.1 (fraction)', 'instances', 'coverage', 'excluded'):
        assert part in text
    assert 'model is worse than mapping on NME/bbox: ' in text
    assert 'model is worse than mapping on PCK/bbox@0.1: ' in text
    assert 'worse than affine' not in text


def test_methods_that_give_fewer_points_are_compared_on_common_points(labelled, face5, printed):
    labelled.visible[:] = 2
    samples = labelled.samples(mapping=labelled.target)
    for sample in samples:
        # the mapping is perfect, but gives only the first two points
        sample['baselines']['mapping']['keypoints_visible'][:, 2:] = 0
    evaluator = build(face5)
    figures = run(evaluator, samples)
    two = labelled.replace(visible=labelled.visible * [1, 1, 0, 0, 0])
    assert figures['NME/bbox/common'] == run(build(face5), two.samples())['NME/bbox']
    assert figures['mapping/NME/bbox/common'] == 0
    assert figures['mapping/PCK/bbox@0.1'] == pytest.approx(0.4)
    metrics = evaluator.comparison['metrics']
    assert metrics['NME/bbox']['methods']['mapping']['coverage'] == pytest.approx(0.4)
    assert metrics['NME/bbox/common']['methods']['model']['num_points'] == 80
    losses = {(loss['baseline'], loss['metric']) for loss in evaluator.comparison['losses']}
    assert ('mapping', 'NME/bbox/common') in losses and ('mapping', 'NME/bbox') not in losses
    assert 'NME/bbox/common (x100)' in printed()


class Counting(LandmarkNME):
    """Counts how often it is computed."""

    calls = 0

    def compute_metrics(self, results):
        type(self).calls += 1
        return super().compute_metrics(results)


def test_constant_baselines_are_measured_once(labelled, worse, face5):
    Counting.calls = 0
    evaluator = build(face5, [Counting('bbox')])
    first = run(evaluator, labelled.samples(affine=worse))
    assert Counting.calls == 2
    better = labelled.replace(pred=labelled.target)
    second = run(evaluator, better.samples(affine=worse))
    assert Counting.calls == 3
    assert second['NME/bbox'] == 0 and second['affine/NME/bbox'] == first['affine/NME/bbox']


def test_another_schema_measures_again(labelled, worse, face5):
    Counting.calls = 0
    evaluator = build(face5, [Counting('bbox')])
    for _ in range(2):
        evaluator.dataset_meta = {'schema': face5}
        run(evaluator, labelled.samples(affine=worse))
    assert Counting.calls == 4


@pytest.mark.parametrize('what', ['baseline', 'target', 'size', 'field'])
def test_whatever_changes_a_baseline_is_measured_again(labelled, worse, face5, what):
    evaluator = build(face5)
    run(evaluator, labelled.samples(affine=worse))
    changed = labelled.samples(affine=worse + (what == 'baseline'))
    if what == 'target':
        changed[0]['gt_instances']['keypoints'] = changed[0]['gt_instances']['keypoints'] + 5
    if what == 'field':
        changed[0]['gt_instances']['bboxes'] = changed[0]['gt_instances']['bboxes'] * 3
    if what == 'size':
        changed = changed[:-1]
    assert run(evaluator, changed) == run(build(face5), changed)


def test_what_has_no_bytes_is_never_cached(labelled, worse, face5):
    Counting.calls = 0
    evaluator = build(face5, [Counting('bbox')])
    for _ in range(2):
        samples = [{**s, 'odd': object()} for s in labelled.samples(affine=worse)]
        run(evaluator, samples)
    assert Counting.calls == 4


def test_files_of_baselines_do_not_overwrite_the_models(tmp_path, labelled, worse, face5):
    metric = {'type': 'LandmarkNME', 'norm': 'bbox', 'out_file': str(tmp_path / 'nme.json')}
    evaluator = build(face5, [metric], out_file=str(tmp_path / 'comparison.json'))
    figures = run(evaluator, labelled.samples(affine=worse))
    for name, key in (('nme.json', 'NME/bbox'), ('nme.affine.json', 'affine/NME/bbox')):
        assert json.loads((tmp_path / name).read_text())['NME/bbox']['value'] == figures[key]
    content = json.loads((tmp_path / 'comparison.json').read_text())
    assert content == evaluator.comparison and content['methods'] == ['model', 'affine']


def test_pose_data_samples(labelled, worse, face5):
    plain = labelled.samples(affine=worse)
    samples = []
    for one in plain:
        sample = PoseDataSample(metainfo={'id': one['id']})
        sample.pred_instances = InstanceData(**one['pred_instances'])
        sample.gt_instances = InstanceData(**one['gt_instances'])
        sample.set_field(one['baselines'], 'baselines')
        samples.append(sample)
    assert run(build(face5), samples) == run(build(face5), plain)


def test_builds_as_an_mmpose_config_does(face5):
    with DefaultScope.overwrite_default_scope('mmpose'):
        evaluator = EVALUATOR.build({'type': 'ConverterEvaluator', 'metrics': METRICS})
    assert isinstance(evaluator, ConverterEvaluator)
    assert [type(m).__name__ for m in evaluator.metrics] == ['LandmarkNME', 'LandmarkPCK', 'EPE']


def test_baselines_on_some_samples_only(labelled, worse, face5):
    samples = labelled.samples(affine=worse)
    del samples[5]['baselines']
    with pytest.raises(LandmarkError, match='none or affine|affine or none'):
        run(build(face5), samples)


def test_table_without_baselines(labelled, face5, printed):
    with_table = build(face5)
    run(with_table, labelled.samples())
    assert with_table.comparison['methods'] == ['model'] and not with_table.comparison['losses']
    assert 'NME/bbox (x100)' in printed()
