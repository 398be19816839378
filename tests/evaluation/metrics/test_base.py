from __future__ import annotations

import json
import math

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.registry import METRICS

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.metrics import LandmarkMPJPE, LandmarkNME, LandmarkPCK, MpiiPCKh


def evaluate(metric, samples, schema):
    metric.dataset_meta = {'schema': schema}
    metric.process(None, samples)
    return metric.evaluate(len(samples))


@pytest.mark.parametrize(
    ('config', 'keys'),
    [
        ({'type': 'LandmarkNME', 'norm': 'eyes'}, ['NME/eyes', 'NME/eyes/micro']),
        ({'type': 'LandmarkMPJPE'}, ['MPJPE/pixel', 'MPJPE/pixel/macro']),
        (
            {'type': 'LandmarkPCK', 'thr': [0.05, 0.2], 'norm': 'head'},
            [f'PCK/head_size@{t}{end}' for t in ('0.05', '0.2') for end in ('', '/micro')],
        ),
        ({'type': 'LandmarkAUC', 'norm': 'bbox'}, ['AUC/bbox']),
        (
            {'type': 'LandmarkNME', 'norm': 'bbox', 'keypoints': 'mouth', 'prefix': 'test'},
            ['test/NME/bbox/mouth', 'test/NME/bbox/mouth/micro'],
        ),
    ],
)
def test_keys(config, keys, labelled, face5):
    figures = evaluate(METRICS.build(config), labelled.samples(), face5)
    assert list(figures) == keys
    assert all(isinstance(value, float) and value > 0 for value in figures.values())


def test_pckh_keys(make_labelled):
    from mmlandmark.schemas import get_schema

    figures = evaluate(MpiiPCKh(), make_labelled(keypoints=16).samples(), get_schema('mpii16'))
    assert list(figures) == ['PCKh@0.5', 'PCKh@0.1']


def test_parts_on_request(labelled, face5):
    metric = LandmarkNME('bbox', scale=100, per_keypoint=True, per_region=True)
    figures = evaluate(metric, labelled.samples(), face5)
    result = metric.last_results['NME/bbox']
    assert figures['NME/bbox/nose'] == result.per_keypoint['nose']
    assert figures['NME/bbox/mouth'] == result.per_region['mouth']
    assert len(figures) == 2 + 5 + 2
    plain = evaluate(LandmarkNME('bbox'), labelled.samples(), face5)
    assert math.isclose(figures['NME/bbox'], 100 * plain['NME/bbox'])


def test_out_file_is_strict_json_and_replaced(tmp_path, labelled, face5):
    path = tmp_path / 'figures.json'
    labelled.visible[:, 2] = 0
    for _ in range(2):
        metric = LandmarkPCK(0.2, 'bbox', out_file=str(path))
        figures = evaluate(metric, labelled.samples(), face5)
    content = json.loads(path.read_text(), parse_constant=pytest.fail)['PCK/bbox@0.2']
    assert content['value'] == figures['PCK/bbox@0.2']
    assert content['per_keypoint']['nose'] is None and content['num_instances'] > 0
    assert [p.name for p in tmp_path.iterdir()] == ['figures.json']


def test_padding_of_the_data_set_is_dropped(labelled, face5):
    samples = labelled.samples()
    metric = LandmarkMPJPE()
    metric.dataset_meta = {'schema': face5}
    metric.process(None, samples[:30])
    metric.process(None, samples[30:] + samples[:5])
    figures = metric.evaluate(len(samples))
    assert figures == evaluate(LandmarkMPJPE(), samples, face5)


def test_a_second_evaluation_starts_afresh(labelled, face5):
    metric, samples = LandmarkMPJPE(), labelled.samples()
    evaluate(metric, samples, face5)
    assert evaluate(metric, samples[:7], face5) == evaluate(LandmarkMPJPE(), samples[:7], face5)


def test_schema_from_metainfo(labelled, face5):
    metric = LandmarkNME('eyes')
    metric.dataset_meta = face5.to_metainfo()
    metric.process(None, labelled.samples())
    assert metric.evaluate(40) == evaluate(LandmarkNME('eyes'), labelled.samples(), face5)


def test_errors_are_clear(labelled, face5):
    with pytest.raises(LandmarkError, match='needs a label'):
        LandmarkNME('bbox', keypoints=['nose', 'mouth'])
    with pytest.raises(LandmarkError, match='fixed joints'):
        MpiiPCKh(keypoints='face')
    with pytest.raises(LandmarkError, match="unknown normaliser 'eye'"):
        evaluate(LandmarkNME('eye'), labelled.samples(), face5)
    with pytest.raises(LandmarkError, match='no samples'):
        LandmarkMPJPE().evaluate(0)
    labelled.visible[3, 1], labelled.pred[3, 1] = 2, math.nan
    with pytest.raises(LandmarkError, match="annotation 103.*'left_eye'"):
        evaluate(LandmarkMPJPE(), labelled.samples(), face5)
