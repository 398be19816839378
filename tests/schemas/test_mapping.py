"""Mapping: what it refuses, and the rules that every mapping obeys."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlandmark.errors import LandmarkError
from mmlandmark.geometry import flip_points, flip_visible
from mmlandmark.schemas import Conversion, KeypointSchema, Mapping, get_mapping, get_schema

from .strategies import keypoints, mappings

SOURCE = KeypointSchema('three', ['a', 'left_b', 'right_b'], [('left_b', 'right_b')])
TARGET = KeypointSchema('pair', ['mid', 'left_c', 'right_c'], [('left_c', 'right_c')])
SEEDS = st.integers(0, 2**32 - 1)


def mapping(rules: dict, **changes: object) -> Mapping:
    return Mapping(**{'name': 'm', 'source': SOURCE, 'target': TARGET, 'rules': rules, **changes})


@pytest.mark.parametrize(
    ('rules', 'words'),
    [
        ({}, ["'m' covers no keypoint of 'pair'"]),
        ({'left_d': 'a'}, ["schema 'pair'", "'m'", "'left_d'", "did you mean 'left_c'"]),
        ({'mid': 'left_bb'}, ["schema 'three'", "rule 'mid'", "did you mean 'left_b'"]),
        ({'mid': []}, ["'mid'", 'different source keypoints']),
        ({'mid': ['a', 'a']}, ["'mid'", 'different source keypoints']),
        ({'mid': {}}, ["'mid' sum to 0"]),
        ({'mid': {'a': 0.5, 'left_b': 0.4}}, ["'mid' sum to 0.9", 'expected 1']),
        ({'mid': {'a': 1 + 2e-6}}, ["'mid'", 'expected 1']),
        ({'mid': {'a': float('nan')}}, ["'mid' takes 'a' with weight nan"]),
        ({'mid': {'a': '1'}}, ["'mid' takes 'a' with weight '1'"]),
        ({'mid': {'a': True}}, ["'mid' takes 'a' with weight True"]),
    ],
)
def test_a_bad_rule_is_refused_by_name(rules: dict, words: list[str]) -> None:
    with pytest.raises(LandmarkError) as caught:
        mapping(rules)
    for word in words:
        assert word in str(caught.value)


def test_the_three_ways_to_write_a_rule() -> None:
    rules = {
        'mid': ['left_b', 'right_b'],
        'left_c': 'left_b',
        'right_c': {'a': -0.5, 'right_b': 1.5},
    }
    m = mapping(rules)
    assert m.matrix.tolist() == [[0, 0.5, 0.5], [0, 1, 0], [-0.5, 0, 1.5]]
    assert m.covered.all() and m.coverage == 'm: 3 of 3 keypoints'
    assert mapping({'mid': 'a'}).coverage == 'm: 1 of 3 keypoints; not given: left_c, right_c'
    with pytest.raises(ValueError, match='read-only'):
        m.matrix[0, 0] = 1
    with pytest.raises(TypeError):
        m.rules['mid'] = {}


def test_visibility_follows_from_the_sources() -> None:
    m = mapping({'mid': ['left_b', 'right_b'], 'left_c': 'left_b'})
    points = np.array([[[9.0, 9], [0, 2], [4, 6]]] * 4)
    visible = np.array([[0, 2, 2], [2, 1, 2], [2, 0, 2], [2, 2, 0]])
    moved, values = m.apply(points, visible)
    assert values.tolist() == [[2, 2, 0], [1, 1, 0], [0, 0, 0], [0, 2, 0]]
    assert values.dtype == np.uint8 and moved.dtype == np.float64
    assert moved[0].tolist() == [[2, 4], [0, 2], [0, 0]]
    assert moved[3].tolist() == [[0, 0], [0, 2], [0, 0]]


def test_any_leading_shape_is_taken() -> None:
    m = get_mapping('coco17-to-mpii16')
    points, visible = keypoints(m.source, seed=0, count=6)
    whole, values = m.apply(points, visible)
    one, v = m.apply(points[2], visible[2])
    np.testing.assert_allclose(one, whole[2], atol=1e-12)
    assert (v == values[2]).all()
    grid, v = m.apply(points.reshape(2, 3, 17, 2), visible.reshape(2, 3, 17))
    np.testing.assert_allclose(grid.reshape(6, 16, 2), whole, atol=1e-12)
    assert (v.reshape(6, 16) == values).all()
    none, v = m.apply(points[:0], visible[:0])
    assert none.shape == (0, 16, 2) and v.shape == (0, 16)


@pytest.mark.parametrize('shape', [(4, 16, 2), (4, 17, 3), (17,), (4, 34)])
def test_a_wrong_count_is_named(shape: tuple[int, ...]) -> None:
    with pytest.raises(LandmarkError, match="coco17-to-mpii16.*'coco17' has 17 keypoints, found"):
        get_mapping('coco17-to-mpii16').apply(np.zeros(shape), np.ones(shape[:-1]))


@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf])
def test_a_labelled_point_that_is_no_number_is_refused(value: float) -> None:
    m = get_mapping('coco17-to-mpii16')
    points, visible = np.zeros((3, 17, 2)), np.ones((3, 17))
    points[1, 5, 0] = value
    with pytest.raises(LandmarkError, match="entry 1, keypoint 'left_shoulder'"):
        m.apply(points, visible)
    visible[1, 5] = 0
    m.apply(points, visible)
    with pytest.raises(LandmarkError, match=": keypoint 'left_shoulder'"):
        m.apply(points[1], np.ones(17))


def test_convert_fulfils_the_converting_protocol() -> None:
    m = get_mapping('face68-to-face48')
    points, visible = keypoints(m.source, seed=1)
    result = m.convert(points, visible, bboxes=np.zeros((4, 4)))
    assert isinstance(result, Conversion)
    assert (m.source_schema.name, m.target_schema.name) == ('face68', 'face48')
    assert result.points.shape == (4, 48, 2) and result.visible.dtype == np.uint8
    assert result.inferred.shape == (4, 48) and not result.inferred.any()
    assert result.sigma is None and not result.visible[:, ~m.covered].any()


@settings(max_examples=60, deadline=None)
@given(mappings(), SEEDS)
def test_unlabelled_points_influence_nothing(m: Mapping, seed: int) -> None:
    points, visible = keypoints(m.source, seed)
    expected = m.apply(points, visible)
    for filling in (np.nan, np.inf, 1e30):
        dirty = np.where((visible > 0)[..., None], points, filling)
        for got, want in zip(m.apply(dirty, visible), expected, strict=True):
            np.testing.assert_array_equal(got, want)
    moved, values = expected
    assert np.isfinite(moved).all() and not moved[values == 0].any()


@settings(max_examples=60, deadline=None)
@given(mappings(), SEEDS)
def test_a_mapping_commutes_with_similarities(m: Mapping, seed: int) -> None:
    points, visible = keypoints(m.source, seed)
    generator = np.random.default_rng(seed)
    angle, scale = generator.uniform(-4, 4), generator.uniform(0.1, 5)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shift = generator.uniform(-500, 500, 2)
    moved, values = m.apply(points, visible)
    before, values_before = m.apply(points @ turn.T + shift, visible)
    assert (values == values_before).all()
    given = values > 0
    np.testing.assert_allclose(before[given], (moved @ turn.T + shift)[given], atol=1e-8)


@settings(max_examples=60, deadline=None)
@given(mappings(), SEEDS)
def test_a_flip_commutes_where_that_is_claimed(m: Mapping, seed: int) -> None:
    points, visible = keypoints(m.source, seed)
    visible = np.maximum(visible, 1)
    source, target = m.source.flip_indices, m.target.flip_indices
    moved, values = m.apply(points, visible)
    after = flip_points(moved, target), flip_visible(values, target)
    before = m.apply(flip_points(points, source), flip_visible(visible, source))
    same = all(np.allclose(a, b, atol=1e-9) for a, b in zip(after, before, strict=True))
    assert same == m.commutes_with_flip()


def test_renames_can_be_undone() -> None:
    m = get_mapping('face68-to-face48-mirrored')
    back = m.inverse()
    assert dict(back.rules) == dict(get_mapping('face48-to-face68').rules)
    assert (back.source, back.target) == (m.target, m.source)
    assert back.inverse().rules == m.rules
    points, visible = keypoints(m.source, seed=2)
    again, values = back.apply(*m.apply(points, visible))
    np.testing.assert_array_equal(again[values > 0], points[values > 0])
    with pytest.raises(LandmarkError, match="'pelvis' is a mean of right_hip, left_hip"):
        get_mapping('coco17-to-mpii16').inverse()
    with pytest.raises(LandmarkError, match="'a' gives both 'mid' and 'left_c'"):
        mapping({'mid': 'a', 'left_c': 'a'}).inverse()


def test_equal_names_make_a_mapping() -> None:
    coco, mpii = get_schema('coco17'), get_schema('mpii16')
    m = Mapping.between(coco, mpii)
    assert m.name == 'coco17-to-mpii16' and m.covered.sum() == 12 and m.commutes_with_flip()
    assert m.covered.tolist() == [name in coco.keypoints for name in mpii.keypoints]
    with pytest.raises(LandmarkError, match="covers no keypoint of 'hand21'"):
        Mapping.between(coco, get_schema('hand21'))


@settings(max_examples=20, deadline=None)
@given(mappings())
def test_every_way_out_leads_back(m: Mapping) -> None:
    assert Mapping.from_json(json.loads(json.dumps(m.to_json()))) == m
    assert pickle.loads(pickle.dumps(m)) == m and copy.deepcopy(m) is m
    assert hash(pickle.loads(pickle.dumps(m))) == hash(m)


def test_files_are_whole_and_kept(tmp_path: Path) -> None:
    m, path = get_mapping('coco17-to-mpii16'), tmp_path / 'own.json'
    m.save(path)
    assert Mapping.from_file(path) == m and get_mapping(path) == m
    with pytest.raises(LandmarkError, match='own.json: exists already'):
        m.save(path)
    mapping({'mid': 'a'}).save(path, overwrite=True)
    assert Mapping.from_file(path).name == 'm'
    assert [p.name for p in tmp_path.iterdir()] == ['own.json']


def test_schemas_are_found_beside_the_mapping(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / 'three.json').write_text(json.dumps(SOURCE.to_json()))
    content = {'name': 'own', 'source': 'three.json', 'target': 'coco17', 'rules': {'nose': 'a'}}
    (tmp_path / 'own.json').write_text(json.dumps(content))
    monkeypatch.chdir('/')
    assert get_mapping(tmp_path / 'own.json').source == SOURCE


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        ({'rules': {}, 'extra': 1}, "no field 'extra'"),
        ({'name': 'x', 'source': 'coco17', 'target': 'mpii16'}, "needs the field 'rules'"),
        (
            {'name': 'x', 'source': 'coco1', 'target': 'mpii16', 'rules': {'pelvis': 'nose'}},
            "did you mean 'coco17'",
        ),
        ({'name': 'x', 'source': 'coco17', 'target': 'mpii16', 'rules': 3}, 'not a mapping'),
        (
            {'name': 'x', 'source': 'coco17', 'target': 'mpii16', 'rules': {'pelvis': 3}},
            'not a mapping',
        ),
    ],
)
def test_a_bad_file_is_named(content: dict, words: str, tmp_path: Path) -> None:
    path = tmp_path / 'bad.json'
    path.write_text(json.dumps(content))
    with pytest.raises(LandmarkError, match='bad.json: ') as caught:
        get_mapping(path)
    assert words in str(caught.value)
