"""Mirrored and turned faces among others, hand-made and real."""

import json

import numpy as np
import pytest
from audited_squares import COUNT, Squares, found
from coco_files import CROSS

from mmlandmark.annotations.audit_sides import side_checks
from mmlandmark.geometry import flip_points
from mmlandmark.schemas import KeypointSchema, get_schema


@pytest.mark.parametrize(
    ('degrees', 'mirror', 'expected', 'detail'),
    [
        (0, False, {}, None),
        (70, False, {}, None),
        (0, True, {'mirrored': 1, 'reflected': 1}, 'mirror image of the other faces'),
        (40, True, {'mirrored': 1, 'reflected': 1}, 'mirror image of the other faces'),
        (180, True, {'reflected': 1}, None),
        (150, False, {'mirrored': 1}, 'turned by 150 degrees, no mirror image'),
    ],
)
def test_one_face_unlike_the_rest(degrees, mirror, expected, detail):
    squares = Squares()
    squares.turn(6, degrees, mirror)
    audit = squares.audit()
    assert found(audit) == expected
    assert {f.name for f in audit.findings} <= {'square 6'}
    for finding in audit.named('mirrored'):
        assert finding.value == 1
        # the squares are not quite upright themselves
        assert finding.detail.split()[:2] == detail.split()[:2]
        assert abs(float(finding.detail.split()[2]) - degrees) < 4 if 'turned' in detail else True


def test_swapped_labels_are_a_mirror_image():
    squares = Squares()
    squares.points[6] = squares.points[6][[1, 0, 3, 2]]
    assert found(squares.audit()) == {'mirrored': 1, 'reflected': 1}


def test_size_and_place_have_no_influence():
    squares = Squares()
    squares.turn(6, 0, mirror=True)
    schema = KeypointSchema(
        name='s',
        keypoints=('a', 'b', 'c', 'd'),
        swaps=(('a', 'b'), ('c', 'd')),
    )
    labelled = squares.visible > 0
    before = side_checks(squares.points, labelled, schema).checks
    scale = np.random.default_rng(0).uniform(0.1, 9, (COUNT, 1, 1))
    after = side_checks(scale * squares.points - 700, labelled, schema).checks
    for one, two in zip(before, after, strict=True):
        np.testing.assert_array_equal(one.hit, two.hit)
        np.testing.assert_allclose(one.value, two.value, atol=1e-9)


def test_a_file_with_both_ways_round_is_not_judged():
    squares = Squares()
    for row in range(0, COUNT, 3):
        squares.turn(row, 0, mirror=True)
    audit = squares.audit()
    assert found(audit) == {}
    assert not {'mirrored', 'reflected'} & set(audit.counts)
    mirrored, reflected = audit.notes
    assert mirrored.startswith('mirrored: not judged: 0 of 30 instances have labelled pairs')
    assert reflected.startswith('reflected: not judged: 33% of the instances would be')
    assert 'mirrored' in audit.table()


@pytest.mark.parametrize('count', [0, 1, 9])
def test_few_faces_are_not_judged(count):
    squares = Squares()
    result = side_checks(squares.points[:count], squares.visible[:count] > 0, _square())
    assert result.checks == ()
    assert len(result.notes) == 2
    assert f'{count} of {count} instances' in result.notes[1]


def test_a_schema_without_pairs_is_not_judged():
    schema = KeypointSchema(name='plain', keypoints=('a', 'b'))
    result = side_checks(np.zeros((20, 2, 2)), np.ones((20, 2), dtype=bool), schema)
    assert result.checks == ()
    assert result.notes == ("mirrored, reflected: not judged: schema 'plain' states no swap pairs",)


def test_one_pair_alone_is_no_evidence():
    squares = Squares()
    points = np.concatenate([squares.points.mean(axis=1, keepdims=True), squares.points[:, :2]], 1)
    assert side_checks(points, np.ones((COUNT, 3), dtype=bool), CROSS).checks == ()


def test_unlabelled_points_have_no_vote():
    squares = Squares()
    squares.visible[6, 2:] = 0
    squares.turn(6, 0, mirror=True)
    squares.points[6, 2:] = 0
    assert found(squares.audit()) == {}


def test_mirrored_real_faces_are_found_whatever_their_ears_do(shared_data):
    folder = shared_data / 'dogflw_labels' / 'train' / 'labels'
    if not folder.is_dir():
        pytest.skip('no labels of DogFLW')
    schema = get_schema('dogflw46')
    files = sorted(folder.iterdir())
    points = np.array([json.loads(path.read_bytes())['labels'] for path in files], dtype=float)
    labelled = np.isfinite(points).all(axis=2)
    rows = np.arange(0, len(points), 40)
    points[rows] = flip_points(points[rows], schema.flip_indices)[:, schema.flip_indices]
    checks = {c.finding: c for c in side_checks(points, labelled, schema).checks}
    reflected, mirrored = (set(np.flatnonzero(checks[n].hit)) for n in ('reflected', 'mirrored'))
    assert (len(rows), len(reflected), len(mirrored & set(rows))) == (97, 96, 97)
    assert reflected <= set(rows)
    turned = mirrored - set(rows)
    assert {files[row].stem for row in turned} == {'n02086079_1020', 'n02097209_3089'}


def _square():
    return KeypointSchema(
        name='square', keypoints=('a', 'b', 'c', 'd'), swaps=(('a', 'b'), ('c', 'd'))
    )
