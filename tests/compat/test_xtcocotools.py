"""The stand-in evaluates as pycocotools does, with any sigmas, areas and ids."""

import contextlib
import copy
import importlib.util
import io
import sys

import numpy as np
import pytest

from mmlandmark.compat.xtcocotools import coco, cocoeval

REAL = importlib.util.find_spec('xtcocotools._mask') if 'xtcocotools' in sys.modules else None


def make(seed, keypoints=17, first_id=1):
    """Return a ground truth of a few pictures and detections near its points."""
    rng = np.random.default_rng(seed)
    annotations, detections = [], []
    for index in range(20):
        image, box = index // 3, [*rng.uniform(0, 50, 2), *rng.uniform(40, 200, 2)]
        points = np.empty((keypoints, 3))
        points[:, :2] = rng.uniform(0, 1, (keypoints, 2)) * box[2:] + box[:2]
        points[:, 2] = rng.integers(0, 3, keypoints) * (index != 7)
        points[points[:, 2] == 0, :2] = 0
        annotation = dict(id=first_id + index, image_id=image, category_id=1, bbox=box)
        annotation |= dict(iscrowd=int(index == 5), area=box[2] * box[3] * rng.uniform(0.3, 0.9))
        annotation['keypoints'] = points.reshape(-1).tolist()
        annotation['num_keypoints'] = int((points[:, 2] > 0).sum())
        annotations.append(annotation)
        for _ in range(2):
            noisy = points.copy()
            noisy[:, :2] += rng.normal(0, rng.uniform(0, 12), (keypoints, 2))
            noisy[:, 2] = 1
            detections.append(
                dict(
                    image_id=image,
                    category_id=1,
                    score=float(rng.random()),
                    keypoints=noisy.reshape(-1).tolist(),
                )
            )
    images = [dict(id=i) for i in range(7)]
    return dict(images=images, annotations=annotations, categories=[dict(id=1)]), detections


def evaluate(index_class, eval_class, data, kind='keypoints', **kwargs):
    truth, detections = copy.deepcopy(data)
    with contextlib.redirect_stdout(io.StringIO()):
        index = index_class()
        index.dataset = truth
        index.createIndex()
        if index_class is coco.COCO:
            index = coco.COCO(ann_data=truth)
        evaluation = eval_class(index, index.loadRes(detections), kind, **kwargs)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats


@pytest.mark.parametrize('seed', range(3))
def test_default_sigmas_equal_pycocotools(seed):
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    data = make(seed)
    ours = evaluate(coco.COCO, cocoeval.COCOeval, data)
    assert np.array_equal(ours, evaluate(COCO, COCOeval, data))
    assert 0 < ours[0] < 1


@pytest.mark.skipif(REAL is None, reason='xtcocotools itself is not installed')
@pytest.mark.parametrize('seed', range(3))
@pytest.mark.parametrize('use_area', [True, False])
def test_other_sigmas_areas_and_ids_equal_xtcocotools(seed, use_area):
    from xtcocotools.coco import COCO
    from xtcocotools.cocoeval import COCOeval

    data = make(seed, keypoints=9, first_id=0)
    settings = dict(sigmas=np.linspace(0.02, 0.1, 9), use_area=use_area)
    ours = evaluate(coco.COCO, cocoeval.COCOeval, data, **settings)

    class Indexed(COCO):
        def __init__(self):
            super().__init__(ann_data=dict(images=[], annotations=[], categories=[]))

    assert np.array_equal(ours, evaluate(Indexed, COCOeval, data, **settings))
    assert 0 < ours[0] < 1


def test_sigmas_and_areas_matter():
    data = make(0)
    stats = [
        evaluate(coco.COCO, cocoeval.COCOeval, data, **settings)[0]
        for settings in ({}, {'sigmas': np.full(17, 0.3)}, {'use_area': False})
    ]
    assert len(set(stats)) == 3 and stats[1] > stats[0]


def test_no_detections_give_no_error():
    truth, _ = make(0)
    assert evaluate(coco.COCO, cocoeval.COCOeval, (truth, []))[0] == 0


def test_a_subset_of_keypoints_is_kept_by_index():
    truth, _ = make(0)
    first = np.reshape(truth['annotations'][0]['keypoints'], (-1, 3))
    index = coco.COCO(ann_data=truth, test_index=[3, 0])
    kept = np.reshape(index.dataset['annotations'][0]['keypoints'], (-1, 3))
    assert np.array_equal(kept, first[[3, 0]])


PARTS = dict(foot_kpts=6, face_kpts=5, lefthand_kpts=4, righthand_kpts=3)


def whole_body(seed):
    """Add the parts of COCO-WholeBody and crowd indices to a made-up ground truth."""
    rng = np.random.default_rng(seed)
    truth, detections = make(seed)
    for instance in truth['annotations'] + detections:
        box = instance.get('bbox', [20, 20, 80, 80])
        for field, count in PARTS.items():
            points = np.ones((count, 3))
            points[:, :2] = rng.uniform(0, 6, (count, 2)) + box[:2]
            instance[field] = points.reshape(-1).tolist()
    for detection in detections[::2]:
        detection['foot_score'] = float(rng.random())
    for image in truth['images']:
        image['crowdIndex'] = image['id'] / 6
    return truth, detections


@pytest.mark.skipif(REAL is None, reason='xtcocotools itself is not installed')
@pytest.mark.parametrize(
    ('kind', 'points'),
    [('foot', 6), ('face', 5), ('lefthand', 4), ('righthand', 3), ('body', 17), ('wholebody', 35)],
)
def test_parts_of_the_whole_body_equal_xtcocotools(kind, points):
    from xtcocotools.coco import COCO
    from xtcocotools.cocoeval import COCOeval

    class Indexed(COCO):
        def __init__(self):
            super().__init__(ann_data=dict(images=[], annotations=[], categories=[]))

    settings = dict(kind=f'keypoints_{kind}', sigmas=np.full(points, 0.2))
    data = whole_body(1)
    if kind == 'foot':
        for detection in data[1]:
            # xtcocotools ranks by the part's score only if every detection has one
            detection.setdefault('foot_score', detection['score'])
    ours = evaluate(coco.COCO, cocoeval.COCOeval, data, **settings)
    assert np.array_equal(ours, evaluate(Indexed, COCOeval, data, **settings))
    assert ours[0] > 0


@pytest.mark.skipif(REAL is None, reason='xtcocotools itself is not installed')
def test_crowd_figures_equal_xtcocotools(tmp_path):
    import json

    from xtcocotools.coco import COCO
    from xtcocotools.cocoeval import COCOeval

    truth, detections = whole_body(2)
    (tmp_path / 'truth.json').write_text(json.dumps(truth))
    (tmp_path / 'found.json').write_text(json.dumps(detections))
    stats = []
    for index_class, eval_class in ((coco.COCO, cocoeval.COCOeval), (COCO, COCOeval)):
        with contextlib.redirect_stdout(io.StringIO()):
            index = index_class(str(tmp_path / 'truth.json'))
            found = index.loadRes(str(tmp_path / 'found.json'))
            settings = dict(sigmas=np.full(17, 0.1), use_area=False)
            evaluation = eval_class(index, found, 'keypoints_crowd', **settings)
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
        stats.append(evaluation.stats)
    assert len(stats[0]) == 9 and np.allclose(stats[0], stats[1], atol=1e-12)
    assert len(set(stats[0][6:])) == 3
