"""Defects of MMPose's evaluation of several data sets: its figures are wrong, ours right."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.evaluator import Evaluator
from mmengine.logging import MessageHub
from mmpose.evaluation.evaluators import MultiDatasetEvaluator
from mmpose.evaluation.metrics import EPE, CocoMetric, MpiiPCKAccuracy, PCKAccuracy

from mmlandmark.datasets.multi_keypoints import MultiKeypointDataset
from mmlandmark.evaluation.evaluators import PerDatasetEvaluator
from mmlandmark.evaluation.metrics import MpiiPCKh
from mmlandmark.schemas import get_schema

from .mixed_samples import (
    COCO,
    coco_member,
    joined_meta,
    point_member,
    process,
    run,
    shuffled,
    write_coco,
)

COCO_DATASET = {'type': 'CocoDataset'}


@pytest.fixture(scope='module')
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp('files')
    return [write_coco(folder / f'{i}.json', 10, seed=i) for i in (1, 2)]


@pytest.fixture(scope='module')
def loaded(files):
    """Two data sets of one class, and the file that they have announced then."""
    two = coco_member('one', files[0], noise=3), coco_member('other', files[1], noise=14)
    return two, MessageHub.get_current_instance().get_info('coco_ann_file')


@pytest.fixture
def two(loaded):
    """Two data sets of one class; the second is loaded last and predicted worse."""
    members, announced = loaded
    MessageHub.get_current_instance().update_info('coco_ann_file', announced)
    return copy.deepcopy(members)


def plain_coco(member, **options):
    """The figures of a run on this data set alone, with its file given."""
    metric = CocoMetric(ann_file=member.meta['ann_file'], **options)
    return run(Evaluator([metric]), member.samples, copy.deepcopy(member.meta))


def test_two_data_sets_of_one_class(two):
    expected = [plain_coco(member)['coco/AP'] for member in two]
    assert expected[0] > expected[1] + 0.2
    # MMPose names data sets by the METAINFO of their class
    theirs = MultiDatasetEvaluator([CocoMetric(), CocoMetric()], [COCO_DATASET, COCO_DATASET])
    assert len(theirs.metrics_dict) == 1
    ours = PerDatasetEvaluator({'one': {'type': 'CocoMetric'}, 'other': {'type': 'CocoMetric'}})
    figures = run(ours, shuffled(*two), joined_meta(*two))
    assert [figures['one/AP'], figures['other/AP']] == pytest.approx(expected, rel=1e-12)


def test_two_data_sets_of_one_class_from_configs(two):
    configs = {
        member.meta['dataset_name']: {
            'type': 'CocoDataset',
            'ann_file': member.meta['ann_file'],
            'pipeline': [],
        }
        for member in two
    }
    dataset = MultiKeypointDataset(configs, test_mode=True)
    ours = PerDatasetEvaluator({name: {'type': 'CocoMetric'} for name in configs})
    figures = run(ours, shuffled(*two), dataset.metainfo)
    for member in two:
        name = member.meta['dataset_name']
        assert figures[f'{name}/AP'] == pytest.approx(plain_coco(member)['coco/AP'], rel=1e-12)


def test_two_metrics_on_one_data_set(two):
    metrics = [{'type': 'PCKAccuracy', 'thr': 0.1}, {'type': 'EPE'}]
    built = [PCKAccuracy(thr=0.1), EPE()]
    theirs = MultiDatasetEvaluator(built, [COCO_DATASET, COCO_DATASET])
    theirs.dataset_meta = two[0].meta
    assert len(theirs.metrics_dict) == 1
    with pytest.raises(ValueError, match='at least one array'):
        # the first metric has got no samples
        named = [{**sample, 'dataset_name': 'coco'} for sample in two[0].samples]
        process(theirs, named)
    figures = run(PerDatasetEvaluator({'one': metrics}), two[0].samples, joined_meta(two[0]))
    assert 0 < figures['one/PCK'] <= 1 and figures['one/EPE'] > 0


def test_metainfo_from_the_config(files):
    broad = replace(COCO, name='coco', sigmas=(0.3,) * 17).to_metainfo()
    member = coco_member('coco', files[0], noise=8, metainfo=broad)
    ours = PerDatasetEvaluator({'coco': {'type': 'CocoMetric'}})
    theirs = MultiDatasetEvaluator([CocoMetric(member.meta['ann_file'])], [COCO_DATASET])
    theirs.dataset_meta = member.meta
    ours_ap = run(ours, member.samples, joined_meta(member))['coco/AP']
    theirs_ap = process(theirs, member.samples)['coco/AP']
    assert ours_ap == pytest.approx(plain_coco(member)['coco/AP'])
    assert theirs.metrics[0].dataset_meta['sigmas'][0] == pytest.approx(0.026)
    assert ours_ap > theirs_ap + 0.2


def test_annotation_files_are_not_mixed_up(two, files):
    """Both data sets announce their file as that of 'coco': the one loaded last wins."""
    announced = MessageHub.get_current_instance().get_info('coco_ann_file')
    assert announced == str(files[1])
    metric = CocoMetric()
    metric.dataset_meta = {**two[0].meta, 'dataset_name': 'coco'}
    theirs = Evaluator([metric])
    right = plain_coco(two[0])['coco/AP']
    assert process(theirs, two[0].samples)['coco/AP'] < right - 0.2
    # a data set that has the very name under which another has announced its file
    one = replace(two[0], meta={**two[0].meta, 'dataset_name': 'coco'})
    samples = [{**sample, 'dataset_name': 'coco'} for sample in one.samples]
    ours = PerDatasetEvaluator({'coco': {'type': 'CocoMetric'}})
    figures = run(ours, [*samples, *two[1].samples], joined_meta(one, two[1]))
    assert figures['coco/AP'] == pytest.approx(right, rel=1e-12)
    assert MessageHub.get_current_instance().get_info('coco_ann_file') == announced


def test_ground_truth_is_converted_once(files):
    # left and right exchanged: converting twice gives the original back
    flip = {'num_keypoints': 17, 'mapping': list(enumerate(COCO.flip_indices.tolist()))}
    for announced in (True, False):
        member = coco_member('coco', files[0], noise=3)
        if not announced:
            del member.meta['ann_file']
        for sample in member.samples:
            points = sample['pred_instances']['keypoints']
            sample['pred_instances']['keypoints'] = points[:, COCO.flip_indices]
        theirs = Evaluator([CocoMetric(ann_file=str(files[0]), gt_converter=flip)])
        right = run(theirs, member.samples, copy.deepcopy(member.meta))['coco/AP']
        assert right > 0.6 and process(theirs, member.samples)['coco/AP'] < 0.1
        ours = PerDatasetEvaluator({'coco': {'type': 'CocoMetric', 'gt_converter': flip}})
        figures = run(ours, member.samples, joined_meta(member))
        again = [process(ours, member.samples)['coco/AP'] for _ in range(2)]
        assert [figures['coco/AP'], *again] == pytest.approx([right] * 3, rel=1e-12)


def test_pckh_goes_by_the_names_of_the_joints():
    schema = get_schema('mpii16')
    member = point_member('mpii', schema, 30, noise=4)
    right = run(Evaluator([MpiiPCKh(prediction_offset=1.0)]), member.samples, member.meta)
    theirs = run(Evaluator([MpiiPCKAccuracy()]), member.samples, copy.deepcopy(member.meta))
    assert theirs['PCK'] == pytest.approx(right['PCKh@0.5'])
    # the same joints in another order: MMPose leaves out what stands at 6 and 7
    order = np.random.default_rng(0).permutation(16)
    names = [schema.keypoints[i] for i in order]
    # what MMPose now takes for pelvis and thorax is predicted far off
    member = point_member('mpii', replace(schema, keypoints=names, **BARE), 30, noise=4)
    for sample in member.samples:
        for name in ('pelvis', 'thorax'):
            sample['pred_instances']['keypoints'][:, names.index(name)] += 500
    reference = [_reordered(sample, np.argsort(order)) for sample in member.samples]
    right = run(
        Evaluator([MpiiPCKAccuracy()]), reference, point_member('m', schema, 1, noise=0).meta
    )
    theirs = run(Evaluator([MpiiPCKAccuracy()]), member.samples, copy.deepcopy(member.meta))
    assert abs(theirs['PCK'] - right['PCK']) > 3
    metric = {'type': 'MpiiPCKh', 'prediction_offset': 1.0, 'per_region': True}
    ours = run(PerDatasetEvaluator({'mpii': metric}), member.samples, joined_meta(member))
    assert ours['mpii/PCKh@0.5'] == pytest.approx(right['PCK'])
    assert ours['mpii/PCKh@0.5/Head'] == pytest.approx(right['Head PCK'])


#: A permuted schema states no colours and sigmas in the old order.
BARE = {'colors': None, 'sigmas': None, 'weights': None, 'skeleton_colors': None}


def _reordered(sample, order):
    return {
        **sample,
        'pred_instances': {k: v[:, order] for k, v in sample['pred_instances'].items()},
        'gt_instances': {
            k: v[:, order] if k.startswith('keypoints') else v
            for k, v in sample['gt_instances'].items()
        },
    }
