"""The shipped mappings against their published form and against real pairs."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import find_mapping, get_mapping, get_schema, list_mappings

from .strategies import MAPPINGS

# face68 index : face48 index, as published
PUBLISHED = (
    '48:5 8:6 54:7 27:12 39:13 36:15 42:18 45:20 32:31 34:32 30:34 51:35 57:36 28:38 29:39 49:40 '
    '52:42 53:43 55:44 56:45 58:46 59:47'
)
# coco17 index of each mpii16 index
SHARED = {0: 16, 1: 14, 2: 12, 3: 11, 4: 13, 5: 15, 10: 10, 11: 8, 12: 6, 13: 5, 14: 7, 15: 9}


def test_all_mappings_are_tested() -> None:
    assert list_mappings() == list(MAPPINGS)


@pytest.mark.parametrize('name', MAPPINGS)
def test_only_the_published_face_map_does_not_commute_with_a_flip(name: str) -> None:
    mapping = get_mapping(name)
    assert mapping.commutes_with_flip() == (name != 'face68-to-face48')
    assert mapping.name == name and mapping.description
    source, target = name.removesuffix('-mirrored').split('-to-')
    assert mapping.source is get_schema(source) and mapping.target is get_schema(target)


def test_the_hand_made_map_is_the_stated_one() -> None:
    mapping = get_mapping('coco17-to-mpii16')
    expected = np.zeros((16, 17))
    for mpii, coco in SHARED.items():
        expected[mpii, coco] = 1
    expected[6, [11, 12]] = expected[7, [5, 6]] = expected[9, [1, 2]] = 0.5
    expected[8] = (expected[7] + np.eye(17)[0]) / 2
    np.testing.assert_array_equal(mapping.matrix, expected)


def test_the_face_map_is_the_published_one() -> None:
    published = {tuple(map(int, pair.split(':'))) for pair in PUBLISHED.split()}
    rows, columns = np.nonzero(get_mapping('face68-to-face48').matrix)
    assert set(zip(columns.tolist(), rows.tolist(), strict=True)) == published
    assert len(published) == 22
    rows, columns = np.nonzero(get_mapping('face68-to-face48-mirrored').matrix)
    mirrored = set(zip(columns.tolist(), rows.tolist(), strict=True))
    assert mirrored == published | {(50, 41)}
    assert 'omission is kept' in get_mapping('face68-to-face48').description


def test_a_mapping_is_found_by_its_schemas() -> None:
    face68, face48 = get_schema('face68'), get_schema('face48')
    assert find_mapping(face68, face48).name == 'face68-to-face48'
    assert find_mapping(face48, get_schema('coco17')) is None
    assert find_mapping(face48, face48) is None
    renamed = replace(get_schema('coco17'), name='my_coco')
    found = find_mapping(renamed, get_schema('mpii16'))
    assert found.name == 'coco17-to-mpii16' and found.source is renamed


def test_an_unknown_mapping_is_named() -> None:
    with pytest.raises(LandmarkError, match="did you mean 'coco17-to-mpii16'"):
        get_mapping('coco17-to-mpii15')
    assert get_mapping(get_mapping('coco17-to-mpii16')) is get_mapping('coco17-to-mpii16')


@cache
def pairs(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Source (N, S, 3), target (N, T, 3), and head size or root of the box area (N,)."""
    annotations = json.loads(path.read_text())['annotations']
    count = len(annotations)
    source = np.array([a['keypoints'] for a in annotations]).reshape(count, -1, 3)
    target = np.array([a['keypoints_target'] for a in annotations]).reshape(count, -1, 3)
    box = np.array([a['bbox'] for a in annotations])
    size = [a.get('head_size', np.sqrt(b[2] * b[3])) for a, b in zip(annotations, box, strict=True)]
    return source, target, np.array(size)


def errors(name: str, source: np.ndarray, target: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Distance over size, (N, T); NaN where either side has no point."""
    points, visible = get_mapping(name).apply(source[..., :2], source[..., 2])
    distance = np.linalg.norm(points - target[..., :2], axis=-1) / size[:, None]
    return np.where((visible > 0) & (target[..., 2] > 0), distance, np.nan)


@pytest.mark.parametrize(
    ('name', 'file', 'backwards'),
    [
        ('coco17-to-mpii16', 'body_coco17_mpii16/val.json', False),
        ('mpii16-to-coco17', 'body_coco17_mpii16/val.json', True),
        ('face68-to-face48', 'face68_face48/val.json', False),
        ('face68-to-face48-mirrored', 'face68_face48/val.json', False),
        ('face48-to-face68', 'face68_face48/val.json', True),
        ('aflw21-to-face68', 'face21_face68/train.json', False),
    ],
)
def test_no_point_lies_on_the_wrong_side_of_real_pairs(
    name: str, file: str, backwards: bool, shared_data: Path
) -> None:
    source, target, size = pairs(shared_data / file)
    if backwards:
        source, target = target, source
    mapping = get_mapping(name)
    right = np.nanmedian(errors(name, source, target, size)[:, mapping.covered], axis=0)
    flip = mapping.target.flip_indices
    wrong = np.nanmedian(errors(name, source, target[:, flip], size)[:, mapping.covered], axis=0)
    sided = flip[mapping.covered] != np.flatnonzero(mapping.covered)
    if name == 'mpii16-to-coco17':  # eyes and ears are all put in the middle of the head
        sided[:5] = False
    assert (right[sided] < 0.8 * wrong[sided]).all()
    assert (right < 0.75).all() if 'mpii16' in name else (right < 0.09).all()


def test_the_published_figure_of_the_hand_made_map(shared_data: Path) -> None:
    """MPII's PCKh over all labelled joints but pelvis and thorax: 81.9 and 23.9."""
    error = errors('coco17-to-mpii16', *pairs(shared_data / 'body_coco17_mpii16/val.json'))
    error = np.delete(error, [6, 7], axis=1)
    counted = error[np.isfinite(error)]
    assert (counted <= 0.5).mean() == pytest.approx(0.819, abs=0.001)
    assert (counted <= 0.1).mean() == pytest.approx(0.239, abs=0.001)


def test_the_figure_of_the_map_back(shared_data: Path) -> None:
    """PCK at 0.2 of the head size, all and face points: 54.9 and 47.2."""
    source, target, size = pairs(shared_data / 'body_coco17_mpii16/val.json')
    error = errors('mpii16-to-coco17', target, source, size)
    for part, expected in ((error, 0.549), (error[:, :5], 0.472)):
        assert (part[np.isfinite(part)] <= 0.2).mean() == pytest.approx(expected, abs=0.001)


@pytest.mark.parametrize('name', ['dogflw46-to-animalpose20', 'catflw48-to-animalpose20'])
def test_the_face_points_of_animals_are_means_of_their_own_points(name: str) -> None:
    mapping = get_mapping(name)
    covered = [n for n, c in zip(mapping.target.keypoints, mapping.covered, strict=True) if c]
    assert covered == ['L_Eye', 'R_Eye', 'L_EarBase', 'R_EarBase', 'Nose']
    parts = {'Eye': 'eye', 'EarBase': 'base', 'Nose': 'nose'}
    sides = {'L': 'left', 'R': 'right'}
    for target in covered:
        side, _, part = target.rpartition('_')
        weights = mapping.matrix[mapping.target.index(target)]
        sources = [mapping.source.keypoints[i] for i in np.flatnonzero(weights)]
        assert all(parts[part] in source for source in sources)
        assert not side or all(source.startswith(sides[side]) for source in sources)
        np.testing.assert_allclose(weights[weights > 0], 1 / len(sources))


def test_the_face_mesh_gives_all_points_of_both_face_schemas() -> None:
    assert get_mapping('mesh478-to-face68').covered.all()
    mapping = get_mapping('mesh478-to-face48')
    assert mapping.covered.all()
    assert ((mapping.matrix == 1).sum(axis=1) == 1).all()  # a vertex each
    assert (mapping.matrix.sum(axis=0) <= 1).all()  # and no vertex twice


def test_both_ways_from_the_mesh_agree_where_the_faces_do() -> None:
    """Points that face68 and face48 share come from the same or from neighbouring vertices."""
    to68, to48 = get_mapping('mesh478-to-face68'), get_mapping('mesh478-to-face48')
    shared = get_mapping('face68-to-face48-mirrored')
    same = {
        target
        for target, rule in shared.rules.items()
        if set(to48.rules[target]) <= set(to68.rules[next(iter(rule))])
    }
    # the lips of the 48 are spaced in another way, as are the nostrils and the tip of the nose
    assert same >= {'chin', 'nasion', 'upper_lip_mid', 'lower_lip_mid', 'nose_bridge_upper'}
    assert same >= {f'{side}_eye_{end}' for side in ('left', 'right') for end in ('inner', 'outer')}
    assert same >= {'left_mouth_corner', 'right_mouth_corner'}


def test_left_of_a_dog_is_left_of_an_animal(shared_data: Path) -> None:
    """In frontal pictures of both data sets the left eye and ear are image-right."""
    mapping = get_mapping('dogflw46-to-animalpose20')
    folder = shared_data / 'dogflw_labels' / 'test'
    files = sorted((folder / 'labels' if (folder / 'labels').is_dir() else folder).glob('*.json'))
    dogs = np.array([json.loads(file.read_text())['labels'] for file in files[:100]], dtype=float)
    points, _ = mapping.apply(dogs, np.full(dogs.shape[:2], 2))
    cat = json.loads((shared_data / 'mmpose_samples/animalpose/test_animalpose.json').read_text())
    annotation = next(a for a in cat['annotations'] if a['image_id'] == 110)  # it faces the camera
    seen = np.array(annotation['keypoints']).reshape(20, 3)
    for part in ('Eye', 'EarBase'):
        left, right = (mapping.target.index(f'{side}_{part}') for side in 'LR')
        assert np.mean(points[:, left, 0] > points[:, right, 0]) > 0.95
        assert seen[left, 0] > seen[right, 0]
