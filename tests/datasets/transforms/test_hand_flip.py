"""A mirror image of a hand is the other hand."""

import copy

import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.registry import TRANSFORMS  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.schemas import get_schema  # noqa: E402


def sample(schema: str = 'hand21', handedness: str | None = 'left') -> dict:
    rng = np.random.default_rng(0)
    count = get_schema(schema).num_keypoints
    points = rng.integers(0, 30, (1, count, 2)).astype(np.float32)
    z = rng.normal(size=(1, count, 1)).astype(np.float32)
    return dict(
        img=rng.integers(0, 256, (20, 30, 3), dtype=np.uint8),
        img_shape=(20, 30),
        bbox=np.array([[3.0, 2.0, 10.0, 12.0]], dtype=np.float32),
        keypoints=points,
        keypoints_visible=(rng.random((1, count)) > 0.3).astype(np.float32),
        keypoints_3d=np.concatenate([points, z], axis=-1),
        handedness=handedness,
        flip_indices=get_schema(schema).flip_indices.tolist(),
    )


def flip(results: dict, prob: float = 1.0) -> dict:
    return TRANSFORMS.build(dict(type='RandomHandFlip', prob=prob)).transform(results)


def same(one: dict, other: dict) -> bool:
    return all(
        np.array_equal(value, other[key]) for key, value in one.items() if key != 'flip_indices'
    )


@pytest.mark.parametrize('schema', ['hand21', 'aflw21'])
def test_twice_is_nothing_and_the_data_set_is_not_written_to(schema: str) -> None:
    before = sample(schema)
    given = copy.deepcopy(before)
    once = flip(dict(given))
    assert same(before, given)
    twice = flip(dict(once))
    assert not same(before, once) and same(before, twice)


def test_all_that_is_known_of_the_hand_is_mirrored() -> None:
    before = sample()
    after = flip(copy.deepcopy(before))
    assert np.array_equal(after['img'], before['img'][:, ::-1])
    assert after['img'].flags.c_contiguous
    assert after['bbox'].tolist() == [[20, 2, 27, 12]]
    for key in ('keypoints', 'keypoints_3d'):
        assert np.array_equal(after[key][..., 0], 30 - before[key][..., 0])
        assert np.array_equal(after[key][..., 1:], before[key][..., 1:])
    assert after['handedness'] == 'right' and flip(sample(handedness=None))['handedness'] is None
    assert after['flip'] and after['flip_direction'] == 'horizontal'


def test_the_picture_under_a_point_stays_under_it() -> None:
    """A point in the middle of a pixel is in the middle of the same pixel of the mirror image."""
    before = sample()
    before['img'][...] = 0
    before['img'][7, 11] = 255
    before['keypoints'][0, 0] = before['keypoints_3d'][0, 0, :2] = (11.5, 7.5)
    after = flip(before)
    for key in ('keypoints', 'keypoints_3d'):
        column, row = np.floor(after[key][0, 0, :2]).astype(int)
        assert after['img'][row, column].all()


def test_partners_of_other_schemas_swap() -> None:
    schema = get_schema('aflw21')
    left, right = schema.indices(['left_eye_outer', 'right_eye_outer'])
    before = sample('aflw21')
    after = flip(copy.deepcopy(before))
    assert np.array_equal(after['keypoints_3d'][0, left, 1:], before['keypoints_3d'][0, right, 1:])
    assert after['keypoints_visible'][0, left] == before['keypoints_visible'][0, right]


def test_the_probability_is_held() -> None:
    np.random.seed(0)
    half = [flip(sample(), 0.5)['flip'] for _ in range(200)]
    assert 70 < sum(half) < 130
    untouched = flip(sample(), 0.0)
    assert same(sample(), untouched) and untouched['flip'] is False


def test_wrong_use_is_told() -> None:
    with pytest.raises(LandmarkError, match='prob is 2; expected 0 to 1'):
        flip(sample(), 2)
    with pytest.raises(LandmarkError, match='expected it right after LoadImage'):
        flip(dict(sample(), transformed_keypoints=np.zeros((1, 21, 2))))
