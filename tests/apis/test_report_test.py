"""Reports of tests: every kind of evaluator and sample, one process and two."""

from __future__ import annotations

import re

import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from evaluation.evaluators.mixed_samples import (  # noqa: E402
    COCO,
    MPII,
    joined_meta,
    point_member,
    shuffled,
)
from evaluation.metrics.channel_samples import CHANNELS, some_samples  # noqa: E402
from mmengine.evaluator import Evaluator  # noqa: E402
from mmengine.registry import DefaultScope  # noqa: E402
from processes import run_two  # noqa: E402

from apis.reports import Checker, report, tables  # noqa: E402
from apis.two_processes_report import build, work  # noqa: E402
from mmlandmark.apis.report_file import check_report  # noqa: E402
from mmlandmark.apis.report_test import report_test  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.evaluation.evaluators import ConverterEvaluator, PerDatasetEvaluator  # noqa: E402

NME = dict(type='LandmarkNME', norm='bbox', scale=100)


def plain(*metrics: dict) -> Evaluator:
    with DefaultScope.overwrite_default_scope('mmpose'):
        return Evaluator(list(metrics))


def text(path) -> str:
    page = path.read_text(encoding='utf-8')
    checker = Checker(page)
    assert all(load.startswith('data:image/jpeg;base64,') for load in checker.loads)
    assert 'nan' not in re.sub(r'base64,[^"]+', '', page)
    return page


def test_several_data_sets_with_metrics_of_their_own(tmp_path):
    coco, mpii = (
        point_member('people <a>', COCO, 12, noise=5),
        point_member('mpii', MPII, 9, noise=3),
    )
    coco.samples[4]['pred_instances'] = {}
    metrics = {'mpii': [NME, dict(type='MpiiPCKh')]}
    path, figures = report(
        tmp_path, PerDatasetEvaluator(metrics), joined_meta(coco, mpii), shuffled(coco, mpii)
    )
    page = text(path)
    found = tables(page)
    shown = {row['metric']: row for row in found['Results']}
    assert shown['NME/bbox']['value'] == f'{figures["mpii/NME/bbox"]:.3f}'
    assert shown['PCKh@0.5']['normaliser'] == 'head_size' and shown['NME/bbox']['instances'] == '9'
    errors = {row['data set']: row for row in found['Errors of instances']}
    assert errors['mpii']['mean error'] == shown['NME/bbox']['value']
    assert errors['people <a>']['instances'] == '11' and errors['mpii']['instances'] == '9'
    regions = {(row['data set'], row['region']) for row in found['Regions']}
    assert {('mpii', 'head'), ('people <a>', 'arms')} <= regions
    left = {(row['data set'], row['what and why']): row['number'] for row in found['Left out']}
    assert left['people <a>', 'samples: no keypoints were predicted'] == '1'
    assert left['mpii', 'keypoints: not labelled'] != '0'
    assert page.count('<h3>worst</h3>') == 2 and page.count('<img') == 2 * 3 * 2
    assert all(f'>{name}</text>' in page for name in (*COCO.keypoints, *MPII.keypoints))
    assert 'people &lt;a&gt;: no metric; 12 samples were not measured' in page


def test_the_evaluator_is_left_as_it_was_and_figures_are_the_same(tmp_path):
    member = point_member('mpii', MPII, 6, noise=3)
    evaluator, without = plain(NME), plain(NME)
    _, figures = report(tmp_path, evaluator, member.meta, member.samples)
    without.dataset_meta = member.meta
    without.process(member.samples)
    assert figures == without.evaluate(6)
    assert len(evaluator.metrics) == 1


def test_metrics_of_mmpose_have_their_normalisers_too(tmp_path):
    member = point_member('mpii', MPII, 6, noise=3)
    pck = dict(type='PCKAccuracy', thr=0.05, norm_item='bbox')
    path, figures = report(tmp_path, plain(pck, dict(type='EPE'), NME), member.meta, member.samples)
    shown = {row['metric']: row for row in tables(text(path))['Results']}
    assert shown['PCK']['normaliser'] == 'bbox' and shown['EPE']['normaliser'] == 'pixel'
    assert shown['NME/bbox']['points'] != '-' and set(shown) <= set(figures)


def test_metrics_of_mmpose_do_not_take_the_figures_of_others(tmp_path):
    member = point_member('mpii', MPII, 6, noise=3)
    stock = dict(type='NME', norm_mode='keypoint_distance', keypoint_indices=[0, 1])
    pck = dict(type='PCKAccuracy', thr=0.05, norm_item='bbox')
    path, _ = report(
        tmp_path,
        plain(stock, pck, NME, dict(type='MpiiPCKh')),
        member.meta,
        member.samples,
    )
    shown = {row['metric']: row for row in tables(text(path))['Results']}
    assert shown['NME']['normaliser'] == 'keypoint distance'
    assert shown['NME/bbox']['normaliser'] == 'bbox' and shown['NME/bbox']['points'] != '-'
    assert shown['PCKh@0.5']['normaliser'] == 'head_size' and 'NME/bbox/micro' not in shown


def test_an_infinite_figure_is_shown(tmp_path):
    member = point_member('mpii', MPII, 6, noise=3)
    member.samples[0]['pred_instances']['keypoints'][0, 2] = np.inf
    member.samples[0]['gt_instances']['keypoints_visible'][0, 2] = 1
    path, _ = report(tmp_path, plain(dict(type='EPE')), member.meta, member.samples)
    assert '>inf</td>' in text(path)


def test_boxes_without_a_size_divide_nothing(tmp_path):
    member = point_member('mpii', MPII, 6, noise=3)
    for sample in member.samples:
        sample['gt_instances']['bboxes'][:] = 0
    path, figures = report(tmp_path, plain(dict(type='EPE')), member.meta, member.samples)
    found = tables(text(path))['Errors of instances'][0]
    assert (found['unit'], found['measured']) == ('px', '6')


def test_points_that_are_no_numbers_are_not_given_and_counted(tmp_path):
    member = point_member('mpii', MPII, 6, noise=3)
    member.samples[0]['pred_instances']['keypoints'][0, 2] = np.nan
    member.samples[0]['gt_instances']['keypoints_visible'][0, 2] = 1
    path, _ = report(tmp_path, plain(dict(type='EPE')), member.meta, member.samples)
    left = {row['what and why']: row['number'] for row in tables(text(path))['Left out']}
    assert left['predicted keypoints: not finite'] == '1'


def test_samples_that_cannot_be_compared_are_counted_by_reason(tmp_path):
    member = point_member('mpii', MPII, 8, noise=3)
    first, second, third = member.samples[:3]
    first['pred_instances']['keypoints'] = np.zeros((1, 17, 2))
    second['pred_instances']['keypoints'] = np.zeros((2, 16, 2))
    third['gt_instances']['keypoints'][:] = 0
    path, _ = report(tmp_path, plain(), member.meta, member.samples)
    found = tables(text(path))
    left = {row['what and why']: row['number'] for row in found['Left out']}
    for reason in (
        'predicted in other keypoints than those of the labels',
        'other numbers of predicted and labelled instances',
        'boxes of a detector, without labels',
    ):
        assert left[f'samples: {reason}'] == '1'
    assert found['Errors of instances'][0]['instances'] == '5'


def test_the_evaluator_of_mmpose_for_several_data_sets(tmp_path):
    from mmpose.evaluation.evaluators import MultiDatasetEvaluator

    members = [point_member('coco', COCO, 6, noise=3), point_member('mpii', COCO, 5, noise=3)]
    with DefaultScope.overwrite_default_scope('mmpose'):
        evaluator = MultiDatasetEvaluator(
            [dict(type='EPE', prefix='coco'), dict(type='EPE', prefix='mpii')],
            [dict(type='CocoDataset'), dict(type='MpiiDataset')],
        )
    path, figures = report(
        tmp_path, evaluator, dict(members[0].meta, dataset_name='coco'), shuffled(*members)
    )
    assert set(figures) == {'coco/EPE', 'mpii/EPE'}
    found = {row['data set']: row['instances'] for row in tables(text(path))['Errors of instances']}
    assert found == {'coco': '6', 'mpii': '5'}


def test_a_model_beside_its_baselines(tmp_path):
    member = point_member('mpii', MPII, 9, noise=3)
    for sample in member.samples:
        points = sample['gt_instances']['keypoints']
        sample['baselines'] = {'affine': {'keypoints': points + 9.0}}
    path, figures = report(tmp_path, ConverterEvaluator([NME]), member.meta, member.samples)
    rows = {row['method']: row for row in tables(text(path))['Results']}
    assert rows['affine']['value'] == f'{figures["affine/NME/bbox"]:.2f}'[:5]
    assert rows['model']['normaliser'] == 'bbox'
    assert tables(text(path))['Errors of instances'][0]['instances'] == '9'


def test_depth_is_drawn_for_every_keypoint(tmp_path):
    member = point_member('mpii', MPII, 5, noise=3)
    for sample in member.samples:
        for part, shift in (('gt_instances', 0.0), ('pred_instances', 0.25)):
            plane = sample[part]['keypoints']
            sample[part]['keypoints_3d'] = np.concatenate(
                [plane, np.full((1, 16, 1), shift)], axis=-1
            )
        sample['ori_shape'] = (300, 400)
    metric = dict(type='LandmarkMPJPE', norm='image_width', depth=True)
    path, _ = report(tmp_path, plain(metric), member.meta, member.samples)
    page = text(path)
    assert 'Mean absolute error' in page and '0 right_ankle: 0.250' in page
    assert tables(page)['Results'][0]['metric'] == 'MPJPE_3D/image_width'


def test_channels(tmp_path):
    samples = [sample.to_dict() for sample in some_samples()]
    path, figures = report(
        tmp_path,
        plain(dict(type='KeypointAveragePrecision')),
        {'channels': CHANNELS, 'dataset_name': 'spots'},
        samples,
    )
    page = text(path)
    rows = {row['channel']: row for row in tables(page)['Channels']}
    assert rows['corner']['AP@2px'] == f'{figures["AP/corner@2px"]:.4f}'
    truth = sum(len(sample['gt_instances']['channels']) for sample in samples)
    assert rows['mean']['ground truth'] == str(truth)
    assert f'mAP {figures["mAP"]:.4f} over 7 pictures' in page
    assert '<h3>worst</h3>' in page and page.count('<img') == 6


def test_pictures_of_pairs_are_found_by_their_image(tmp_path):
    member = point_member('mpii', MPII, 4, noise=3)
    files = dict(file_names={0: 'zero.jpg'}, ann_file=str(tmp_path / 'pairs.json'))
    path, _ = report(tmp_path, plain(NME), member.meta, member.samples, attributes=files)
    assert '1 not found in' in text(path) or 'zero.jpg' in text(path)


def test_two_processes_write_what_one_writes(tmp_path):
    run_two(work, tmp_path)
    members, samples, evaluator = build()
    alone, _ = report(tmp_path, evaluator, joined_meta(*members), samples, name='alone.html')
    both = tables((tmp_path / 'both.html').read_text())
    assert both == tables(alone.read_text())
    assert (tmp_path / '1.txt').read_text() == 'nothing written'


def test_the_place_is_looked_at_before_the_test(tmp_path):
    with pytest.raises(LandmarkError, match=r'ends in \.html'):
        check_report(tmp_path / 'a.pdf')
    with pytest.raises(LandmarkError, match='does not exist'):
        check_report(tmp_path / 'no' / 'a.html')
    (tmp_path / 'a.html').write_text('old')
    with pytest.raises(LandmarkError, match='not written without overwrite'):
        report_test(None, tmp_path / 'a.html')
    assert check_report(tmp_path / 'a.html', overwrite=True) == tmp_path / 'a.html'
