from __future__ import annotations

import copy
import json

import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.logging import MMLogger
from mmengine.registry import EVALUATOR, DefaultScope
from mmengine.structures import InstanceData
from mmpose.registry import METRICS
from mmpose.structures import PoseDataSample

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.evaluators import PerDatasetEvaluator, render_report
from mmlandmark.schemas import get_schema

from .mixed_samples import (
    COCO,
    MPII,
    coco_member,
    joined_meta,
    point_member,
    process,
    run,
    shuffled,
    write_coco,
)

PCK = {'type': 'LandmarkPCK', 'norm': 'bbox', 'thr': 0.1}
NME = {'type': 'LandmarkNME', 'norm': 'bbox'}


@pytest.fixture
def printed(caplog):
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    yield lambda: caplog.text
    logger.removeHandler(caplog.handler)


@pytest.fixture(scope='module')
def coco(tmp_path_factory):
    folder = tmp_path_factory.mktemp('coco')
    return coco_member('coco', write_coco(folder / 'coco.json', 12, seed=1), noise=9)


@pytest.fixture(scope='module')
def mpii():
    return point_member('mpii', MPII, 9, noise=14, seed=2)


def alone(config, member, samples=None):
    """The figures of MMEngine's own evaluator on one data set."""
    given = {'ann_file': member.meta['ann_file']} if config['type'] == 'CocoMetric' else {}
    evaluator = Evaluator([METRICS.build({**config, **given})])
    return run(evaluator, samples or member.samples, copy.deepcopy(member.meta))


@pytest.mark.parametrize(
    ('config', 'on'),
    [
        ({'type': 'CocoMetric'}, 'coco'),
        ({'type': 'CocoMetric', 'score_mode': 'keypoint', 'nms_mode': 'none'}, 'coco'),
        ({'type': 'MpiiPCKAccuracy'}, 'mpii'),
        ({'type': 'PCKAccuracy', 'norm_item': ['bbox', 'head']}, 'mpii'),
        ({'type': 'NME', 'norm_mode': 'use_norm_item', 'norm_item': 'bbox_size'}, 'coco'),
        ({'type': 'AUC'}, 'mpii'),
        ({'type': 'EPE'}, 'coco'),
        ({'type': 'MpiiPCKh'}, 'mpii'),
    ],
)
def test_figures_are_those_of_the_metric_run_alone(coco, mpii, config, on):
    member = {'coco': coco, 'mpii': mpii}[on]
    samples = shuffled(coco, mpii)
    # in the same order: MMPose sums in float32
    expected = alone(config, member, [s for s in samples if s['dataset_name'] == on])
    evaluator = PerDatasetEvaluator({on: config, **{n: NME for n in ('coco', 'mpii') if n != on}})
    figures = run(evaluator, samples, joined_meta(coco, mpii))
    assert len(expected) >= 1 and not any(np.isnan(list(expected.values())))
    for key, value in expected.items():
        assert figures[f'{on}/{key.removeprefix("coco/")}'] == value, key


@METRICS.register_module()
class _WritesIntoItsMeta(BaseMetric):
    """As CocoMetric, which puts converted sigmas there."""

    def process(self, data_batch, data_samples):
        self.dataset_meta['sigmas'] = None
        self.dataset_meta['keypoint_id2name'].clear()
        self.results.extend(data_samples)

    def compute_metrics(self, results):
        return {'count': len(results)}


def test_a_metric_that_writes_into_its_meta_harms_no_other(coco, mpii):
    meta, kept = joined_meta(coco, mpii), joined_meta(coco, mpii)['datasets']['coco']
    kept = copy.deepcopy(kept)
    metrics = {'coco': [{'type': '_WritesIntoItsMeta'}, {'type': 'CocoMetric'}]}
    figures = run(PerDatasetEvaluator(metrics), shuffled(coco, mpii), meta)
    assert figures['coco/count'] == 12
    assert meta['datasets']['coco']['keypoint_id2name'] == kept['keypoint_id2name']
    np.testing.assert_array_equal(meta['datasets']['coco']['sigmas'], kept['sigmas'])


def test_average_precision_on_real_labels(shared_data, mpii):
    member = coco_member('coco', shared_data / 'mmpose_samples/coco/test_coco.json', noise=4)
    evaluator = PerDatasetEvaluator({'coco': [{'type': 'CocoMetric'}, PCK], 'mpii': PCK})
    figures = run(evaluator, shuffled(member, mpii), joined_meta(member, mpii))
    expected = alone({'type': 'CocoMetric'}, member)
    assert 0.1 < figures['coco/AP'] < 1
    assert {k: figures[k] for k in expected} == pytest.approx(expected)


def test_several_metrics_on_one_data_set_keep_their_keys(coco, mpii, printed):
    metrics = {
        'coco': [
            {'type': 'PCKAccuracy', 'thr': 0.05},
            {'type': 'PCKAccuracy', 'thr': 0.3},
            {'type': 'PCKAccuracy', 'thr': 0.3, 'prefix': 'loose'},
        ]
    }
    figures = run(PerDatasetEvaluator(metrics), shuffled(coco, mpii), joined_meta(coco, mpii))
    assert set(figures) == {'coco/PCK', 'coco/PCK#2', 'coco/loose/PCK'}
    assert figures['coco/PCK'] < figures['coco/PCK#2'] == figures['coco/loose/PCK']
    text = printed()
    assert "coco: several metrics give 'PCK'; this one is 'PCK#2'" in text
    assert 'no metrics for the data sets mpii' in text
    assert 'mpii: no metric; 9 samples were not measured' in text


def test_pooled_figures_and_the_table(coco, mpii, printed, tmp_path):
    evaluator = PerDatasetEvaluator(
        {'coco': [NME, PCK, {'type': 'CocoMetric'}], 'mpii': [NME, PCK, {'type': 'MpiiPCKh'}]},
        out_file=str(tmp_path / 'report.json'),
    )
    figures = run(evaluator, shuffled(coco, mpii), joined_meta(coco, mpii))
    report = evaluator.report
    own = [report['datasets'][name]['figures']['NME/bbox'] for name in ('coco', 'mpii')]
    weights = [entry['num_instances'] for entry in own]
    by_hand = np.average([figures['coco/NME/bbox'], figures['mpii/NME/bbox']], weights=weights)
    assert figures['pooled/NME/bbox'] == pytest.approx(by_hand, rel=1e-12)
    points = np.average(
        [figures['coco/NME/bbox/micro'], figures['mpii/NME/bbox/micro']],
        weights=[entry['num_points'] for entry in own],
    )
    assert figures['pooled/NME/bbox/micro'] == pytest.approx(points, rel=1e-12)
    # 17 and 16 keypoints, every one alike
    keypoints = np.average(
        [figures['coco/PCK/bbox@0.1'], figures['mpii/PCK/bbox@0.1']], weights=[17, 16]
    )
    assert figures['pooled/PCK/bbox@0.1'] == pytest.approx(keypoints, rel=1e-12)
    assert not any(key.startswith('pooled/PCKh') for key in figures)
    assert json.loads((tmp_path / 'report.json').read_text()) == report
    assert report['pooled']['NME/bbox']['datasets'] == ['coco', 'mpii']
    text = printed()
    for row in ('coco      AP ', 'mpii      PCKh@0.5 ', 'pooled    NME/bbox ', 'OKS', 'head_size'):
        assert row in text
    assert '| pooled | PCK/bbox@0.1 |' in render_report(report, style='markdown')


def test_pooled_keys_that_measure_different_things_stay_apart(coco, mpii, printed):
    metrics = {'coco': NME, 'mpii': {**NME, 'scale': 100}}
    figures = run(PerDatasetEvaluator(metrics), shuffled(coco, mpii), joined_meta(coco, mpii))
    assert not any(key.startswith('pooled') for key in figures)
    assert 'NME/bbox: not pooled, coco and mpii differ: unit fraction and x100' in printed()


def test_exclusions_are_told(coco, mpii, printed):
    samples = copy.deepcopy(shuffled(coco, mpii))
    unlabelled = [s for s in samples if s['dataset_name'] == 'mpii'][:2]
    for sample in unlabelled:
        sample['gt_instances']['keypoints_visible'][:] = 0
    run(PerDatasetEvaluator({'mpii': NME, 'coco': NME}), samples, joined_meta(coco, mpii))
    text = printed()
    assert 'mpii, NME/bbox: 2 instances excluded, no labelled keypoint' in text
    assert 'pooled, NME/bbox: 2 instances excluded, no labelled keypoint' in text


def test_second_evaluation_equals_the_first(coco, mpii):
    evaluator = PerDatasetEvaluator({'coco': [{'type': 'CocoMetric'}, PCK], 'mpii': PCK})
    first = run(evaluator, shuffled(coco, mpii), joined_meta(coco, mpii))
    assert process(evaluator, shuffled(coco, mpii, seed=8)) == pytest.approx(first)


def test_common_metrics_see_everything(coco, mpii, tmp_path):
    dump = {'type': 'DumpResults', 'out_file_path': str(tmp_path / 'all.pkl')}
    evaluator = PerDatasetEvaluator({'coco': PCK}, common_metrics=[dump])
    run(evaluator, shuffled(coco, mpii), joined_meta(coco, mpii))
    import mmengine

    assert len(mmengine.load(tmp_path / 'all.pkl')) == 21


def test_one_plain_data_set(coco):
    meta = {k: v for k, v in coco.meta.items() if k not in ('ann_file', 'schema')}
    nameless = [{k: v for k, v in s.items() if k != 'dataset_name'} for s in coco.samples]
    evaluator = PerDatasetEvaluator({'coco': PCK})
    expected = alone(PCK, coco)
    assert run(evaluator, nameless, meta) == {f'coco/{k}': v for k, v in expected.items()}


def test_pose_data_samples_from_a_config(coco, mpii):
    samples = []
    for plain in shuffled(coco, mpii):
        instances = {k: InstanceData(**plain[k]) for k in ('pred_instances', 'gt_instances')}
        sample = PoseDataSample(metainfo={k: v for k, v in plain.items() if k not in instances})
        sample.set_metainfo({'pred_schema': {'coco': COCO, 'mpii': MPII}[plain['dataset_name']]})
        sample.pred_instances, sample.gt_instances = instances.values()
        samples.append(sample)
    metrics = {'coco': {'type': 'CocoMetric'}, 'mpii': {'type': 'MpiiPCKh'}}
    with DefaultScope.overwrite_default_scope('mmpose'):
        evaluator = EVALUATOR.build({'type': 'PerDatasetEvaluator', 'metrics': metrics})
    figures = run(evaluator, samples, joined_meta(coco, mpii))
    plain = run(PerDatasetEvaluator(metrics), shuffled(coco, mpii), joined_meta(coco, mpii))
    assert figures == plain


@pytest.mark.parametrize(
    ('metrics', 'message'),
    [
        ({'cocoo': NME}, r"metrics for 'cocoo'.*did you mean 'coco'.*coco, mpii"),
        ({}, 'maps names of data sets to metrics'),
        (NME, 'maps names of data sets to metrics'),
        ({'pooled': NME}, "can be called 'pooled'"),
        ({'coco': ['NME']}, "'coco' has 'NME'; expected a metric"),
    ],
)
def test_wrong_configs_are_told_before_the_first_sample(coco, mpii, metrics, message):
    with pytest.raises(LandmarkError, match=message):
        PerDatasetEvaluator(metrics).dataset_meta = joined_meta(coco, mpii)


def test_metainfo_without_a_name(coco):
    with pytest.raises(LandmarkError, match='has no dataset_name'):
        PerDatasetEvaluator({'coco': NME}).dataset_meta = {'schema': COCO}


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('mpi', r"sample 1 \(.*1.jpg\) is of the unknown data set 'mpi' \(did you mean 'mpii'\?\)"),
        (None, 'sample 1 .* carries no dataset_name; expected one of coco, mpii'),
    ],
)
def test_samples_of_no_known_data_set(coco, mpii, name, message):
    sample = {k: v for k, v in coco.samples[0].items() if k != 'dataset_name'}
    samples = [{**sample, **({'dataset_name': name} if name else {})}, *mpii.samples]
    with pytest.raises(LandmarkError, match=message):
        run(PerDatasetEvaluator({'mpii': NME}), samples, joined_meta(coco, mpii))


def test_data_set_whose_samples_do_not_come(coco, mpii, printed):
    evaluator = PerDatasetEvaluator({'mpii': NME, 'coco': NME})
    with pytest.raises(LandmarkError, match="'coco' has metrics, but none of its samples came"):
        run(evaluator, mpii.samples, joined_meta(coco, mpii))
    run(PerDatasetEvaluator({'mpii': NME}), mpii.samples, joined_meta(coco, mpii))
    evaluator = PerDatasetEvaluator({'mpii': NME})
    evaluator.dataset_meta = joined_meta(coco, mpii)
    evaluator.process(mpii.samples[:5])
    evaluator.evaluate(9)
    assert 'only 5 of the 9 samples of the data set were evaluated' in printed()


def test_samples_that_come_twice(coco, mpii):
    evaluator = PerDatasetEvaluator({'mpii': NME})
    evaluator.dataset_meta = joined_meta(coco, mpii)
    evaluator.process(mpii.samples + mpii.samples)
    with pytest.raises(LandmarkError, match='17 samples were evaluated of a data set of 9'):
        evaluator.evaluate(9)


@METRICS.register_module()
class AnySchema(BaseMetric):
    """Counts its samples and takes predictions in any keypoints."""

    default_prefix = 'any'
    takes_any_schema = True

    def process(self, data_batch, data_samples):
        self.results.extend(1 for _ in data_samples)

    def compute_metrics(self, results):
        return {'count': sum(results)}


def test_predictions_in_other_keypoints(coco, mpii):
    face = get_schema('aic14')
    samples = [{**s, 'pred_schema': face} for s in coco.samples]
    for wrong in (samples, [_cut(s) for s in coco.samples]):
        with pytest.raises(LandmarkError, match="'aic14'|16 predicted keypoints") as caught:
            run(PerDatasetEvaluator({'coco': NME}), wrong, joined_meta(coco, mpii))
        assert "data set 'coco'" in str(caught.value) and 'LandmarkNME' in str(caught.value)
        figures = run(
            PerDatasetEvaluator({'coco': {'type': 'AnySchema'}}), wrong, joined_meta(coco, mpii)
        )
        assert figures == {'coco/count': 12}


def _cut(sample):
    points = sample['pred_instances']['keypoints'][:, :16]
    return {**sample, 'pred_instances': {**sample['pred_instances'], 'keypoints': points}}
