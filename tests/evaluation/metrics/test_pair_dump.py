"""Predictions beside labels as pairs, and what a converter learns from them."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
import torch  # noqa: E402
from processes import run_two  # noqa: E402

from mmlandmark.annotations.pairs import read_pairs  # noqa: E402
from mmlandmark.datasets import PairedKeypointDataset  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.evaluation.metrics import PairDump  # noqa: E402
from mmlandmark.evaluation.metrics.gathering import (  # noqa: E402
    from_bytes,
    in_turns,
    to_bytes,
)
from mmlandmark.models.converters import KeypointConverter  # noqa: E402
from mmlandmark.schemas import find_mapping, get_schema  # noqa: E402

from .covered_people import COCO, MPII, metainfo, people, samples  # noqa: E402


def write(made, path, meta=None, **options):
    metric = PairDump(str(path), **options)
    metric.dataset_meta = meta or metainfo(COCO)
    metric.process(None, made)
    assert metric.evaluate(len(made)) == {}
    return path


def from_converted_head(made, source):
    """The samples as a ``ConvertedHead`` leaves them: with its head's own points, (N, S, 2)."""
    for sample, points in zip(made, source, strict=True):
        scores = np.full((1, len(points)), 0.7, np.float32)
        scores[0, 0] = 0.1
        sample['pred_instances'] |= dict(source_keypoints=points[None])
        sample['pred_instances'] |= dict(source_keypoint_scores=scores)
        sample |= dict(source_schema=MPII, pred_schema=COCO)
    return made


def made(num=4):
    truth, visible = people(num)
    return samples(truth + 3, np.full((num, 17), 0.9), truth, visible)


def test_the_points_of_the_wrapped_head_stand_beside_the_labels(tmp_path):
    source = np.random.default_rng(0).uniform(0, 500, (4, 16, 2))
    batch = from_converted_head(made(), source)
    folder = tmp_path / 'pictures'
    for sample in batch:
        sample |= dict(img_path=str(folder / f'{sample["img_id"]}.jpg'), ori_shape=(480, 640))
    path = write(batch, tmp_path / 'pairs.json', score_thr=0.5)
    truth, visible = people(4)
    pairs = read_pairs(path, MPII, COCO, force=True)
    assert pairs.ids.tolist() == [1, 2, 3, 4] and pairs.image_ids.tolist() == [1, 1, 2, 2]
    np.testing.assert_allclose(pairs.source_points[:, 1:], source[:, 1:], atol=1e-3)
    assert (pairs.source_visible[:, 0] == 0).all() and (pairs.source_visible[:, 1:] == 2).all()
    np.testing.assert_array_equal(pairs.target_visible > 0, visible > 0)
    np.testing.assert_allclose(
        pairs.target_points, np.where(visible[..., None] > 0, truth, 0), atol=1e-3
    )
    assert pairs.numbers('head_size').tolist() == [30.0] * 4
    low = truth.min(axis=1)
    np.testing.assert_allclose(
        pairs.target_boxes, np.concatenate([low, low + [100, 200]], axis=1), atol=1e-2
    )
    content = json.loads(path.read_text())
    assert content['images'][0] == dict(
        id=1, file_name=os.path.join('pictures', '1.jpg'), height=480, width=640
    )
    category = content['categories'][0]
    assert category['keypoints'] == list(MPII.keypoints)
    assert category['keypoints_target'] == list(COCO.keypoints)
    assert content['annotations'][0]['keypoint_scores'][:2] == [0.1, 0.7]


def test_hidden_points_and_other_fields_come_from_the_raw_annotation(tmp_path):
    truth, visible = people(2)
    visible[0, :3] = 1
    batch = samples(truth + 3, np.full((2, 17), 0.9), truth, visible)
    for i, sample in enumerate(batch):
        values = np.concatenate([truth[i], visible[i][:, None]], axis=1).ravel().tolist()
        raw = dict(id=i + 1, image_id=1, keypoints=values, identity='anyone', area=12.5)
        sample['raw_ann_info'] = raw | dict(segmentation=[[1, 2]], category_id=7)
    batch[1]['raw_ann_info']['keypoints'] = np.add(values, 5).tolist()  # changed by a pipeline
    path = write(batch, tmp_path / 'pairs.json')
    pairs = read_pairs(path, COCO, COCO, force=True)
    assert 1 in visible[0]
    assert pairs.target_visible[0].tolist() == visible[0].tolist()
    assert set(pairs.target_visible[1].tolist()) <= {0, 2}
    annotation = json.loads(path.read_text())['annotations'][0]
    assert annotation['identity'] == 'anyone' and annotation['area'] == 12.5
    assert annotation['category_id'] == 1 and 'segmentation' not in annotation


def test_several_data_sets_get_a_file_each(tmp_path):
    batch = made(4)
    truth = np.random.default_rng(3).uniform(100, 300, (2, 16, 2))
    other = samples(truth + 2, np.ones((2, 16)), truth, np.ones((2, 16), int))
    for sample in other:
        sample['dataset_name'] = 'second'
    metas = dict(coco=metainfo(COCO), second=metainfo(MPII))
    write(batch + other, tmp_path / 'pairs.json', metainfo(COCO) | dict(datasets=metas))
    assert sorted(p.name for p in tmp_path.iterdir()) == ['pairs.coco.json', 'pairs.second.json']
    assert len(read_pairs(tmp_path / 'pairs.coco.json', COCO, COCO)) == 4
    assert len(read_pairs(tmp_path / 'pairs.second.json', MPII, MPII)) == 2


def test_pictures_named_by_texts_are_numbered(tmp_path):
    batch = made(4)
    for sample, name in zip(batch, ('b', 'a', 'b', 'c'), strict=True):
        sample['img_id'] = name
    pairs = read_pairs(write(batch, tmp_path / 'pairs.json'), COCO, COCO)
    assert pairs.image_ids.tolist() == [2, 1, 2, 3]


def test_what_cannot_be_written_is_said_in_one_line(tmp_path):
    with pytest.raises(LandmarkError, match='ends in .json'):
        PairDump(str(tmp_path / 'pairs.pkl'))
    with pytest.raises(LandmarkError, match='the folder .* does not exist'):
        PairDump(str(tmp_path / 'nowhere' / 'pairs.json'))
    path = tmp_path / 'pairs.json'
    batch = from_converted_head(made(), np.ones((4, 16, 2)))
    del batch[2]['source_schema']
    with pytest.raises(
        LandmarkError, match="annotation 1 is predicted in 'mpii16', others in 'coco17'"
    ):
        write(batch[2:3] + batch[:2], path)
    batch = made()
    batch[1]['id'] = 1
    with pytest.raises(LandmarkError, match='annotation 1 was predicted 2 times'):
        write(batch, path)
    batch = made()
    batch[1]['pred_instances']['keypoints'][0, 3] = np.nan
    with pytest.raises(LandmarkError, match='annotation 2: predicted keypoint 3 is not finite'):
        write(batch, path)
    batch = made()
    batch[0]['gt_instances'] |= dict(keypoints=np.zeros((1, 17, 2)))
    with pytest.raises(LandmarkError, match='as those of detected boxes do'):
        write(batch, path)
    batch = made()
    batch[0]['pred_instances'] |= dict(keypoints=np.zeros((3, 17, 2)))
    with pytest.raises(LandmarkError, match='3 predicted and 1 labelled instances'):
        write(batch, path)
    assert not path.exists()


def test_a_converter_learns_from_what_was_dumped(shared_data, tmp_path):
    """Real predictions in COCO's joints on MPII: dumped, read, fitted; better than the map."""
    source, target = get_schema('coco17'), get_schema('mpii16')
    real = read_pairs(shared_data / 'body_coco17_mpii16' / 'val.json', source, target)
    real = real.select(np.arange(600))
    batch = samples(
        np.zeros_like(real.target_points),
        np.zeros(real.target_visible.shape),
        real.target_points,
        real.target_visible,
    )
    heads = real.numbers('head_size')
    for i, sample in enumerate(batch):
        scores = (real.source_visible[i] > 0).astype(np.float32)[None]
        sample |= dict(id=int(real.ids[i]), img_id=int(real.image_ids[i]), source_schema=source)
        sample['pred_instances'] |= dict(source_keypoints=real.source_points[i][None])
        sample['pred_instances'] |= dict(source_keypoint_scores=scores)
        sample['gt_instances']['head_size'] = heads[i].reshape(1, 1)
    path = write(batch, tmp_path / 'pairs.json', metainfo(target))
    parts = [
        PairedKeypointDataset(
            str(path), source, target, split=dict(ratios=dict(train=0.5, test=0.5), part=part)
        ).arrays()
        for part in ('train', 'test')
    ]
    converter = KeypointConverter(source, target, dict(type='affine'), image_offset=True)
    train, test = parts
    converter.fit(
        *(train['inputs'][k] for k in ('keypoints', 'keypoints_visible')),
        *(train['data_samples'][k] for k in ('keypoints', 'keypoints_visible')),
    )
    points, visible = (test['inputs'][k].numpy() for k in ('keypoints', 'keypoints_visible'))
    errors = []
    for method in (find_mapping(source, target), converter.eval()):
        found = method.convert(points, visible)
        away = np.linalg.norm(found.points - test['data_samples']['keypoints'].numpy(), axis=-1)
        seen = (found.visible > 0) & (test['data_samples']['keypoints_visible'].numpy() > 0)
        errors.append(
            float((away / test['data_samples']['head_size'].numpy()[:, None])[seen].mean())
        )
    assert torch.isfinite(train['data_samples']['head_size']).all()
    assert errors[1] < 0.9 * errors[0]


def test_arrays_of_other_processes_are_all_that_is_needed(tmp_path):
    """Schemas, names and boxes of samples that the main process has not seen go with them."""
    batch = from_converted_head(made(), np.random.default_rng(0).uniform(0, 500, (4, 16, 2)))
    truth = np.random.default_rng(3).uniform(100, 300, (2, 16, 2))
    other = samples(truth + 2, np.ones((2, 16)), truth, np.ones((2, 16), int))
    for sample in other:
        sample |= dict(dataset_name='second', img_id='a/b.jpg', raw_ann_info=dict(identity='ü'))
        del sample['gt_instances']['bboxes']
    batch[0]['raw_ann_info'] = dict(area=np.float64(12.5).item(), score=float('nan'))
    metas = dict(coco=metainfo(COCO), second=metainfo(MPII))
    meta = metainfo(COCO) | dict(datasets=metas)
    every = [batch[0], other[0], batch[1], batch[2], other[1], batch[3]]
    for name in ('one', 'two'):
        (tmp_path / name).mkdir()
    write(every, tmp_path / 'one' / 'pairs.json', meta)
    metric = PairDump(str(tmp_path / 'two' / 'pairs.json'))
    metric.dataset_meta = meta
    parts = []
    for share in ([], every[0::2], every[1::2]):
        one = PairDump(str(tmp_path / 'two' / 'pairs.json'))
        one.dataset_meta = meta
        for start in range(0, len(share), 2):
            one.process(None, share[start : start + 2])
        parts.append(from_bytes(to_bytes(one.results.packed())))
    assert metric.compute_metrics(in_turns(parts, len(every))) == {}
    for name in ('pairs.coco.json', 'pairs.second.json'):
        first, second = ((tmp_path / of / name).read_text() for of in ('one', 'two'))
        assert first == second and '"images"' in first
    assert 'bbox' not in json.loads(first)['annotations'][0]


@pytest.mark.slow
def test_two_processes_write_and_measure_what_one_does(tmp_path):
    from evaluation.metrics.two_processes_pairs import evaluate, work

    one = evaluate(tmp_path)
    run_two(work, tmp_path)
    for rank in range(2):
        found = json.loads((tmp_path / f'{rank}.json').read_text())
        assert found == pytest.approx(one, abs=1e-12)
    files = [json.loads((tmp_path / f'pairs.{world}.json').read_text()) for world in (1, 2)]
    assert files[0] == files[1] and len(files[0]['annotations']) == 7
