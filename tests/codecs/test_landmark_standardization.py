import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmpose.registry import KEYPOINT_CODECS

import mmlandmark  # noqa: F401
from mmlandmark.errors import LandmarkError

SIZE = (224, 160)
MODES = [('dataset', 0.15), ('sample', None), ('raw', None)]


def codec(depth='dataset', depth_scale=None, **options):
    cfg = {'type': 'LandmarkStandardization', 'input_size': SIZE, 'depth': depth}
    return KEYPOINT_CODECS.build({**cfg, 'depth_scale': depth_scale, **options})


def sample(seed=0, count=2):
    """Points in and around the input, their z, and a third of them without a label."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(-50, 300, (count, 21, 2))
    space = np.concatenate([points * 3, rng.normal(0, 0.05, (count, 21, 1))], axis=-1)
    return points, (rng.random((count, 21)) > 0.3).astype(np.float32), space


def test_the_corners_of_the_input_are_one():
    points = np.array([[[0, 0], [224, 160], [112, 80], [56, 200]]], dtype=np.float64)
    encoded = codec(None).encode(points)
    assert encoded['keypoint_labels'].tolist() == [[[-1, -1], [1, 1], [0, 0], [-0.5, 1.5]]]
    assert encoded['keypoint_weights'].all() and 'depth_scales' not in encoded


def test_z_is_divided_by_the_scale():
    points, visible, space = sample()
    z, on = space[..., 2], visible > 0
    for (depth, scale), expected in zip(
        MODES, (0.15, [z[row][on[row]].std() for row in range(2)], 1.0), strict=True
    ):
        encoded = codec(depth, scale).encode(points, visible, space)
        assert np.allclose(encoded['depth_scales'], expected)
        scaled = z / encoded['depth_scales'][:, None]
        assert np.allclose(encoded['keypoint_labels'][..., 2][on], scaled[on])
    published = np.std(codec('sample').encode(points, None, space)['keypoint_labels'][..., 2], 1)
    assert np.allclose(published, 1)


@given(seed=st.integers(0, 2**16), mode=st.sampled_from([*MODES, (None, None)]))
@settings(max_examples=25, deadline=None)
def test_decoding_is_the_inverse_and_nothing_is_written_to(seed, mode):
    points, visible, space = sample(seed)
    before = points.copy(), visible.copy(), space.copy()
    method = codec(*mode)
    encoded = method.encode(points, visible, space if mode[0] else None)
    labels = encoded['keypoint_labels'].copy()
    scales = [encoded['depth_scales']] if mode[0] == 'sample' else []
    decoded, scores = method.decode(encoded['keypoint_labels'], *scales)
    on = visible > 0
    assert np.allclose(decoded[on][:, :2], points[on], rtol=0, atol=1e-12 * 300)
    if mode[0]:
        assert np.allclose(decoded[on][:, 2], space[on][:, 2], rtol=1e-14, atol=0)
    assert scores.shape == on.shape and (scores == 1).all()
    assert np.array_equal(encoded['keypoint_labels'], labels)
    for now, then in zip((points, visible, space), before, strict=True):
        assert np.array_equal(now, then)


def test_what_is_not_labelled_has_no_weight_and_no_influence():
    points, visible, space = sample()
    space[1, :, 2] = np.nan
    space[0, np.flatnonzero(visible[0] == 0), 2] = 1e9
    points[visible == 0] = np.nan
    encoded = codec('sample').encode(points, visible, space)
    assert np.array_equal(encoded['keypoint_weights'], visible)
    weights = encoded['coordinate_weights']
    assert np.array_equal(weights[..., 0], visible) and np.array_equal(weights[..., 1], visible)
    assert np.array_equal(weights[0, :, 2], visible[0]) and not weights[1, :, 2].any()
    assert not encoded['keypoint_labels'][weights == 0].any()
    assert encoded['depth_scales'][0] < 1 and encoded['depth_scales'][1] == 1


def test_labels_of_samples_are_float32():
    points, visible, space = (array.astype(np.float32) for array in sample())
    encoded = codec('raw').encode(points, visible, space)
    assert {value.dtype for value in encoded.values()} == {np.dtype(np.float32)}
    decoded, _ = codec('raw').decode(encoded['keypoint_labels'])
    on = visible > 0
    assert np.allclose(decoded[on][:, :2], points[on], rtol=0, atol=1e-4)


def test_a_scale_of_a_sample_cannot_be_told_from_a_prediction():
    decoded, _ = codec('sample').decode(np.zeros((1, 21, 3), dtype=np.float32))
    assert np.isnan(decoded[..., 2]).all() and (decoded[..., :2] == [112, 80]).all()


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'depth': 'datasets'}, r"depth is 'datasets' \(did you mean 'dataset'\?\); expected"),
        ({}, "depth='dataset' needs depth_scale"),
        ({'depth': 'raw', 'depth_scale': 1.0}, "depth='raw' takes no depth_scale"),
        ({'depth_scale': 0.0}, 'depth_scale is 0.0; expected more than 0'),
        ({'depth_scale': float('nan')}, 'depth_scale is nan'),
    ],
)
def test_settings_that_do_not_fit_are_refused(options, message):
    with pytest.raises(LandmarkError, match=message):
        codec(**options)


def test_samples_without_z_are_told():
    points, visible, space = sample()
    with pytest.raises(LandmarkError, match=r'needs keypoints_3d of shape \(2, 21, 3\).* None'):
        codec('raw').encode(points, visible)
    with pytest.raises(LandmarkError, match=r'the samples have \(2, 21, 2\)'):
        codec('raw').encode(points, visible, space[..., :2])
    with pytest.raises(LandmarkError, match='2 coordinates a point; .* has 3'):
        codec('raw').decode(np.zeros((1, 21, 2)))


@given(
    seed=st.integers(0, 2**16),
    scale=st.floats(10, 3000),
    width=st.integers(50, 4000),
)
@settings(max_examples=20, deadline=None)
def test_z_in_the_unit_of_the_input_comes_back(seed, scale, width):
    points, visible, space = sample(seed)
    shown = dict(input_scale=np.array([scale, scale * 160 / 224]), ori_shape=(30, width))
    method = codec('input')
    encoded = method.encode(points, visible, space, **shown)
    on = visible > 0
    # a z of as many pixels of the picture as the input shows in its width is 2, as that width is
    expected = space[on][:, 2] * width / scale * 2
    assert np.allclose(encoded['keypoint_labels'][on][:, 2], expected, rtol=1e-12)
    scales = method.known_depth_scales([shown, shown])
    for given_scales in (encoded['depth_scales'], scales):
        decoded, _ = method.decode(encoded['keypoint_labels'], given_scales)
        assert np.allclose(decoded[on], np.dstack([points, space[..., 2]])[on], rtol=1e-12)


def test_a_crop_that_is_not_known_is_told():
    points, visible, space = sample()
    with pytest.raises(LandmarkError, match="depth='input' needs input_scale and ori_shape"):
        codec('input').encode(points, visible, space)
    assert np.isnan(codec('input').decode(np.zeros((1, 21, 3)))[0][..., 2]).all()
    assert codec('raw').known_depth_scales([{}]) is None
    told = [codec(*mode).predicts_depth for mode in (*MODES, ('input', None), (None, None))]
    assert told == [True, False, True, True, False]
