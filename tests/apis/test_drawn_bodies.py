from __future__ import annotations

import cv2
import numpy as np
import pytest

from mmlandmark.annotations.reader import read_coco_keypoints
from mmlandmark.apis.drawn_bodies import draw_bodies
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import get_schema

SMALL = {'train': 4, 'val': 2, 'test': 3, 'size': 48}
COCO, MPII = get_schema('coco17'), get_schema('mpii16')


def read(folder, name, part):
    return read_coco_keypoints(folder / f'{name}_{part}.json', {'coco': COCO, 'mpii': MPII}[name])


def test_training_files_share_nobody_and_tests_everybody(tmp_path):
    report = draw_bodies(tmp_path, **SMALL)
    assert (report.pictures, report.files['mpii_test.json']) == (13, 3)
    ids = {(n, p): set(read(tmp_path, n, p).image_ids.tolist()) for n, p in _files()}
    assert len(ids['coco', 'train']) == 4
    assert not ids['coco', 'train'] & ids['mpii', 'train']
    for part in ('val', 'test'):
        assert ids['coco', part] == ids['mpii', part]
        assert not ids['coco', part] & (ids['coco', 'train'] | ids['mpii', 'train'])
    for image in read(tmp_path, 'coco', 'test').data['images']:
        assert cv2.imread(str(tmp_path / image['file_name'])).shape == (48, 48, 3)


def _files():
    return [(name, part) for name in ('coco', 'mpii') for part in ('train', 'val', 'test')]


def test_shared_joints_lie_together_but_hips_do_not(tmp_path):
    draw_bodies(tmp_path, **{**SMALL, 'test': 60, 'size': 96})
    coco, mpii = (read(tmp_path, name, 'test') for name in ('coco', 'mpii'))
    away = {}
    for name in set(COCO.keypoints) & set(MPII.keypoints):
        one, other = COCO.index(name), MPII.index(name)
        both = (coco.visible[:, one] > 0) & (mpii.visible[:, other] > 0)
        away[name] = np.linalg.norm(coco.points[both, one] - mpii.points[both, other], axis=1)
    hips = np.concatenate([away.pop('left_hip'), away.pop('right_hip')])
    assert np.concatenate(list(away.values())).mean() < 1 < 2 < hips.mean()
    heads = [annotation['head_size'] for annotation in mpii.annotations]
    assert min(heads) > 0 and 'head_size' not in coco.annotations[0]


def test_people_face_the_viewer_and_the_same_seed_gives_the_same_files(tmp_path):
    for name, seed in (('a', 1), ('b', 1), ('c', 2)):
        draw_bodies(tmp_path / name, seed=seed, **SMALL)
    drawn = [(tmp_path / name / 'coco_train.json').read_bytes() for name in 'abc']
    assert drawn[0] == drawn[1] != drawn[2]
    file = read(tmp_path / 'a', 'coco', 'train')
    left, right = (file.points[:, COCO.index(f'{side}_shoulder')] for side in ('left', 'right'))
    seen = (file.visible[:, COCO.indices(['left_shoulder', 'right_shoulder'])] > 0).all(axis=1)
    assert (left[seen, 0] > right[seen, 0]).all()


@pytest.mark.parametrize(
    ('options', 'said'),
    [
        ({'train': 0}, "0 people for 'coco_train'"),
        ({'size': 8}, 'pictures of 8 pixels'),
        ({'seed': -1}, 'seed -1'),
    ],
)
def test_wrong_options(tmp_path, options, said):
    with pytest.raises(LandmarkError, match=said):
        draw_bodies(tmp_path / 'bodies', **{**SMALL, **options})
    assert not (tmp_path / 'bodies').exists()


def test_files_are_not_replaced_unasked(tmp_path):
    draw_bodies(tmp_path, **SMALL)
    with pytest.raises(LandmarkError, match=r'coco_train\.json: exists'):
        draw_bodies(tmp_path, **SMALL)
    draw_bodies(tmp_path, overwrite=True, **SMALL)
