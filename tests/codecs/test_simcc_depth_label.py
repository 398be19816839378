"""SimCC's vectors and a standardised z, in one codec."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmpose.codecs import SimCCLabel
from mmpose.registry import KEYPOINT_CODECS

import mmlandmark  # noqa: F401
from mmlandmark.errors import LandmarkError

SIZE = (224, 160)


def codec(**options):
    cfg = {'type': 'SimCCDepthLabel', 'input_size': SIZE, 'sigma': 4.0, **options}
    return KEYPOINT_CODECS.build(cfg)


def sample(seed=0, count=2):
    rng = np.random.default_rng(seed)
    points = rng.uniform(1, 158, (count, 21, 2))
    space = np.concatenate([points * 3, rng.normal(0, 0.05, (count, 21, 1))], axis=-1)
    return points, (rng.random((count, 21)) > 0.3).astype(np.float32), space


def test_vectors_are_those_of_mmpose():
    points, visible, space = sample()
    scale = dict(input_scale=(300, 300), ori_shape=(480, 640))
    encoded = codec().encode(points, visible, space, **scale)
    theirs = SimCCLabel(input_size=SIZE, sigma=4.0).encode(points, visible)
    for key, value in theirs.items():
        assert np.array_equal(encoded[key], value), key
    assert set(encoded) == set(codec().label_mapping_table)


@given(
    seed=st.integers(0, 2**16),
    depth=st.sampled_from(['input', 'dataset', 'raw']),
    scale=st.floats(20, 2000),
)
@settings(max_examples=20, deadline=None)
def test_decoding_gives_points_to_half_a_step_and_z_exactly(seed, depth, scale):
    points, visible, space = sample(seed)
    method = codec(depth=depth, depth_scale=0.2 if depth == 'dataset' else None)
    sizes = dict(input_scale=(scale, scale), ori_shape=(480, 640))
    given_sizes = sizes if depth == 'input' else {}
    encoded = method.encode(points, visible, space, **given_sizes)
    known = method.known_depth_scales([sizes, sizes])
    if depth == 'input':
        assert np.allclose(known, encoded['depth_scales'], rtol=1e-6)
    found, _ = method.decode(
        encoded['keypoint_x_labels'], encoded['keypoint_y_labels'], encoded['depth_labels'], known
    )
    on = visible > 0
    assert np.abs(found[on][:, :2] - points[on]).max() <= 0.25 + 1e-4
    assert np.allclose(found[on][:, 2], space[on][:, 2], rtol=1e-5, atol=1e-8)


def test_z_is_labelled_where_there_is_one():
    points, visible, space = sample()
    space[0, :5, 2] = np.nan
    encoded = codec(depth='raw').encode(points, visible, space)
    assert np.array_equal(encoded['depth_weights'] > 0, (visible > 0) & np.isfinite(space[..., 2]))
    assert (encoded['depth_labels'][encoded['depth_weights'] == 0] == 0).all()
    flat = codec(depth='raw').encode(points, visible, None)
    assert not flat['depth_weights'].any() and flat['keypoint_weights'].any()
    outside = points.copy()
    outside[0, 6] = (-40, 10)
    encoded = codec(depth='raw').encode(outside, np.ones_like(visible), space)
    assert encoded['keypoint_weights'][0, 6] == 0 and encoded['depth_weights'][0, 6] == 1


@pytest.mark.parametrize('depth', [None, 'sample'])
def test_a_z_that_no_picture_tells_is_refused(depth):
    with pytest.raises(LandmarkError, match=f'depth is {depth!r}; expected input, dataset or raw'):
        codec(depth=depth)


@given(seed=st.integers(0, 2**16), ratio=st.sampled_from([1.0, 2.0, 3.0]))
@settings(max_examples=10, deadline=None)
def test_the_mean_of_a_label_is_its_point(seed, ratio):
    points = sample(seed)[0].clip(20, 140)
    method = codec(depth='raw', decode_by='mean', simcc_split_ratio=ratio)
    encoded = method.encode(points)
    x, y = encoded['keypoint_x_labels'], encoded['keypoint_y_labels']
    found, scores = method.decode(x * 7, y, encoded['depth_labels'])
    assert np.abs(found[..., :2] - points).max() <= 0.5 / ratio + 0.01
    assert np.allclose(scores, 1, atol=0.02)
    # between two places of equal weight there is the middle
    both = np.concatenate([x, x], axis=0)[:2] + x[::-1]
    middle, unsure = method.decode(both, y, encoded['depth_labels'])
    assert np.abs(middle[..., 0] - points[..., 0].mean(axis=0)).max() <= 0.5 / ratio + 0.01
    far = np.abs(points[0, :, 0] - points[1, :, 0]) > 40 / ratio
    assert (unsure[:, far] < 0.55).all()


def test_an_unknown_way_to_decode_is_told():
    with pytest.raises(LandmarkError, match=r"decode_by is 'means' \(did you mean 'mean'"):
        codec(decode_by='means')
