"""Schemas to and from MMPose's metainfo, raw and parsed."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import KeypointSchema, get_schema, list_schemas

from .strategies import schemas

# MMPose's own files that contradict themselves, and what is wrong with them
CONTRADICTORY = {
    'coco_aic': '18 weights for 19 keypoints',
    'humanart_aic': '18 weights for 19 keypoints',
    'deepfashion2': "'vest_kpt9' swaps with 'vest_kpt13', but 'vest_kpt13' swaps with nothing",
}


def mmpose_files() -> list[Path]:
    spec = importlib.util.find_spec('mmpose')
    if spec is None:
        return []
    folder = Path(spec.submodule_search_locations[0], '.mim', 'configs', '_base_', 'datasets')
    return sorted(folder.glob('*.py'))


def parse(info: dict) -> dict:
    """What MMPose makes of a raw dataset_info."""
    pytest.importorskip('mmpose')
    from mmpose.datasets.datasets.utils import parse_pose_metainfo

    return parse_pose_metainfo(info)


def assert_parsed_alike(schema: KeypointSchema, parsed: dict) -> None:
    names = parsed['keypoint_id2name']
    assert [names[i] for i in range(len(names))] == list(schema.keypoints)
    assert parsed['flip_indices'] == schema.flip_indices.tolist()
    links = [(names[a], names[b]) for a, b in parsed['skeleton_links']]
    assert links == list(schema.skeleton)
    np.testing.assert_array_equal(parsed['sigmas'], np.float32(schema.sigmas))
    np.testing.assert_array_equal(parsed['dataset_keypoint_weights'], np.float32(schema.weights))
    np.testing.assert_array_equal(parsed['keypoint_colors'], schema.colors)


@pytest.mark.parametrize('name', list_schemas())
def test_a_shipped_schema_passes_through_mmpose_unchanged(name: str) -> None:
    schema = get_schema(name)
    parsed = parse(schema.to_metainfo())
    assert_parsed_alike(schema, parsed)
    back = KeypointSchema.from_metainfo(parsed)
    # MMPose drops our extra keys; everything else comes back
    for field in ('keypoints', 'swaps', 'skeleton', 'sigmas', 'weights', 'colors'):
        assert getattr(back, field) == getattr(schema, field)
    assert back.skeleton_colors == schema.skeleton_colors
    assert back.regions.get('upper_body') == schema.regions.get('upper_body')


@pytest.mark.parametrize('name', list_schemas())
def test_mmpose_reads_the_shipped_file_as_we_do(name: str, repo: Path) -> None:
    path = repo / 'configs' / '_base_' / 'schemas' / f'{name}.py'
    assert_parsed_alike(get_schema(name), parse({'from_file': str(path)}))


@settings(max_examples=20, deadline=None)
@given(schemas())
def test_a_random_schema_passes_through_mmpose_unchanged(schema: KeypointSchema) -> None:
    parsed = parse(schema.to_metainfo())
    assert_parsed_alike(schema, parsed)
    back = KeypointSchema.from_metainfo(parsed)
    assert (back.keypoints, back.swaps, back.sigmas) == (
        schema.keypoints,
        schema.swaps,
        schema.sigmas,
    )


@pytest.mark.parametrize('path', mmpose_files(), ids=lambda path: path.stem)
def test_every_file_of_mmpose_is_read(path: Path) -> None:
    if path.stem in CONTRADICTORY:
        with pytest.raises(LandmarkError) as caught:
            KeypointSchema.from_file(path)
        assert CONTRADICTORY[path.stem] in str(caught.value)
        assert str(path) in str(caught.value)
        return
    schema = KeypointSchema.from_file(path)
    parsed = parse({'from_file': str(path)})
    assert parsed['flip_indices'] == schema.flip_indices.tolist()
    assert list(parsed['keypoint_id2name'].values()) == list(schema.keypoints)
    assert len(parsed['skeleton_links']) == len(schema.skeleton)


def test_from_file_finds_what_mmpose_finds(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    if not mmpose_files():
        pytest.skip('MMPose is not installed')
    info = {'from_file': 'configs/_base_/datasets/coco.py'}
    assert KeypointSchema.from_metainfo(info).same_keypoints(get_schema('coco17'))
    info = {'from_file': 'configs/_base_/schemas/face48.py'}
    assert KeypointSchema.from_metainfo(info) == get_schema('face48')
    with pytest.raises(LandmarkError, match='nowhere.py: there is no such'):
        KeypointSchema.from_metainfo({'from_file': 'nowhere.py'})


def test_metainfo_may_carry_the_schema_itself() -> None:
    schema = get_schema('hand21')
    assert KeypointSchema.from_metainfo({'schema': schema}) is schema
    assert KeypointSchema.from_metainfo({'schema': schema.to_json()}) == schema


def test_keys_that_json_made_strings_keep_their_order() -> None:
    info = get_schema('face48').to_metainfo()
    info['keypoint_info'] = {str(k): v for k, v in reversed(info['keypoint_info'].items())}
    assert KeypointSchema.from_metainfo(info) == get_schema('face48')


def point(name: str, swap: str = '', **more: object) -> dict:
    return {'name': name, 'swap': swap, **more}


@pytest.mark.parametrize(
    ('info', 'words'),
    [
        ({}, 'neither keypoint_info'),
        ({'keypoint_info': {0: point('a'), 2: point('b')}}, '0 to 1'),
        ({'keypoint_info': {0: {'id': 0}}}, 'keypoint 0 has no name'),
        ({'keypoint_info': {0: point('a', 'b'), 1: point('b')}}, "'b' swaps with nothing"),
        ({'keypoint_info': {0: point('a', 'c'), 1: point('b')}}, "the swap of keypoint 'a'"),
        ({'keypoint_info': {0: point('a')}, 'skeleton_info': {0: {}}}, 'no link'),
        (
            {'keypoint_info': {0: point('a', type='upper')}, 'regions': {'upper_body': []}},
            'does not agree',
        ),
        (
            {'keypoint_id2name': {0: 'a', 1: 'b', 2: 'c'}, 'flip_indices': [1, 2, 0]},
            "'a' swaps with 'b', but 'b' swaps with 'c'",
        ),
    ],
)
def test_metainfo_that_contradicts_itself_is_refused(info: dict, words: str) -> None:
    with pytest.raises(LandmarkError, match=words):
        KeypointSchema.from_metainfo({'dataset_name': 'x', **info})
