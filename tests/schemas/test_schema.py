"""KeypointSchema: what it refuses, what it keeps, what follows from it."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import DEFAULT_SIGMA, KeypointSchema, get_schema

from .strategies import schemas

FACE = {
    'name': 'tiny',
    'keypoints': ['nose', 'left_eye', 'right_eye'],
    'swaps': [('right_eye', 'left_eye')],
}


def tiny(**changes: object) -> KeypointSchema:
    return KeypointSchema(**{**FACE, **changes})


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        ({'keypoints': []}, ['tiny', 'no keypoints']),
        ({'keypoints': 'nose'}, ['tiny', 'string']),
        ({'keypoints': ['nose', 'nose']}, ['tiny', "'nose'", '0 and 1']),
        ({'keypoints': ['nose', '']}, ['tiny', 'keypoint 1']),
        ({'name': ''}, ['needs a name']),
        ({'swaps': [('left_eye', 'rigth_eye')]}, ['tiny', "did you mean 'right_eye'"]),
        ({'swaps': [('nose', 'nose')]}, ['tiny', "'nose' with itself"]),
        ({'swaps': [('nose', 'left_eye'), ('left_eye', 'right_eye')]}, ["'left_eye'", 'both']),
        ({'swaps': [('nose', 'left_eye', 'right_eye')]}, ['two names']),
        ({'skeleton': [('nose', 'ear')]}, ['tiny', 'skeleton', "'ear'"]),
        ({'sigmas': [0.1]}, ['tiny', '1 sigmas for 3']),
        ({'sigmas': [0.1, 0.0, 0.1]}, ["'left_eye'", 'positive']),
        ({'sigmas': [0.1, 0.1, float('nan')]}, ["'right_eye'", 'nan']),
        ({'sigmas': [0.1, 'wide', 0.1]}, ["'left_eye'", 'wide']),
        ({'weights': [1, 1]}, ['2 weights for 3']),
        ({'weights': [1, 1, -1]}, ["'right_eye'", '-1']),
        ({'colors': [(0, 0, 0)]}, ['1 colors']),
        ({'colors': [(0, 0, 0), (0, 0, 256), (0, 0, 0)]}, ["'left_eye'", '256']),
        ({'regions': {'eyes': ['left_eye', 'righteye']}}, ["region 'eyes'", "'right_eye'"]),
        ({'regions': {'eyes': []}}, ["region 'eyes'", 'no keypoints']),
        ({'regions': {'nose': ['left_eye']}}, ["region 'nose'", 'left_eye']),
        ({'regions': {'upper_body': ['nose'], 'lower_body': ['nose']}}, ["'nose'", 'both']),
        ({'normalizers': {'eyes': ('left_eye', 'eye')}}, ["normalizer 'eyes'", "'eye'"]),
        ({'normalizers': {'eyes': ('left_eye',)}}, ["normalizer 'eyes'", 'two ends']),
        ({'normalizers': {'eyes': ('nose', 'nose')}}, ["normalizer 'eyes'", 'different']),
    ],
)
def test_a_contradiction_is_refused_by_name(changes: dict, words: list[str]) -> None:
    with pytest.raises(LandmarkError) as caught:
        tiny(**changes)
    assert '\n' not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_defaults_are_stated_values() -> None:
    schema = tiny()
    assert schema.sigmas == (DEFAULT_SIGMA,) * 3
    assert schema.weights == (1.0, 1.0, 1.0)
    assert schema.colors == ((128, 128, 128), (0, 114, 178), (230, 159, 0))
    assert schema.num_keypoints == 3
    assert schema.flip_indices.tolist() == [0, 2, 1]
    assert schema.flip_indices.dtype == np.int64


def test_equality_is_that_of_the_contents() -> None:
    again = tiny(swaps=[('left_eye', 'right_eye')], sigmas=np.full(3, DEFAULT_SIGMA))
    assert again == tiny() and hash(again) == hash(tiny())
    assert tiny(name='other') != tiny() and tiny(description='x') != tiny()
    assert tiny() != 'tiny'


def test_nothing_can_be_changed() -> None:
    schema = get_schema('coco17')
    with pytest.raises(AttributeError):
        schema.name = 'other'
    with pytest.raises(TypeError):
        schema.regions['head'] = ()
    schema.flip_indices[0] = 5
    assert schema.flip_indices[0] == 0


def test_names_and_regions_become_positions() -> None:
    schema = get_schema('face68')
    assert schema.index('left_eye_3') == 45
    assert schema.indices(['left_eye', 'left_eye_3', 'jaw_0']).tolist() == [*range(42, 48), 0]
    assert schema.indices('nose').tolist() == list(range(27, 36))
    assert schema.indices([]).shape == (0,)
    with pytest.raises(LandmarkError, match="did you mean 'left_eye_3'"):
        schema.index('left_eye3')
    with pytest.raises(LandmarkError, match="did you mean 'left_eye'"):
        schema.indices(['leftt_eye'])


def test_differences_are_said_in_words() -> None:
    coco, mpii = get_schema('coco17'), get_schema('mpii16')
    assert coco.differences(coco) == '' and coco.same_keypoints(coco)
    words = coco.differences(mpii)
    assert "only 'coco17' has nose" in words and "only 'mpii16' has pelvis" in words
    moved = tiny(name='moved', keypoints=['nose', 'right_eye', 'left_eye'])
    assert 'order differs from keypoint 1' in tiny().differences(moved)
    assert not tiny().same_keypoints(moved)
    still = tiny(name='still', swaps=[])
    assert tiny().same_keypoints(still)
    assert "'left_eye' swaps with 'right_eye' in 'tiny'" in tiny().differences(still)


def test_the_coco_category_counts_from_one() -> None:
    category = tiny(skeleton=[('nose', 'right_eye')]).to_category(id=7)
    assert category['id'] == 7 and category['name'] == 'tiny'
    assert category['keypoints'] == FACE['keypoints']
    assert category['skeleton'] == [[1, 3]]


@settings(max_examples=40, deadline=None)
@given(schemas())
def test_every_way_out_leads_back(schema: KeypointSchema) -> None:
    assert KeypointSchema.from_json(schema.to_json()) == schema
    assert KeypointSchema.from_metainfo(schema.to_metainfo()) == schema
    assert pickle.loads(pickle.dumps(schema)) == schema
    assert copy.deepcopy(schema) is schema
    assert hash(KeypointSchema.from_json(schema.to_json())) == hash(schema)


@settings(max_examples=40, deadline=None)
@given(schemas())
def test_a_flip_is_an_involution(schema: KeypointSchema) -> None:
    flip = schema.flip_indices
    assert (flip[flip] == np.arange(schema.num_keypoints)).all()
    paired = {name for pair in schema.swaps for name in pair}
    for index, name in enumerate(schema.keypoints):
        assert (flip[index] != index) == (name in paired)


def test_json_with_a_wrong_field_is_refused() -> None:
    content = tiny().to_json()
    with pytest.raises(LandmarkError, match="'keypoint'.*did you mean 'keypoints'"):
        KeypointSchema.from_json({**content, 'keypoint': []})
    del content['keypoints']
    with pytest.raises(LandmarkError, match="needs the field 'keypoints'"):
        KeypointSchema.from_json(content)
