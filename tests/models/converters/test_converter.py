"""The whole converter: what it promises, whatever the network."""

from __future__ import annotations

import functools
import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pair_batches import NETWORKS, OPTIONS, SOURCE, TARGET, WEIGHTS, pair_arrays, source_points

from mmlandmark.errors import LandmarkError
from mmlandmark.geometry import flip_points
from mmlandmark.models.converters import KeypointConverter
from mmlandmark.schemas import Mapping, get_schema

RULES = {
    name: {s: w for s, w in zip(SOURCE.keypoints, row, strict=True) if w}
    for name, row in zip(TARGET.keypoints, WEIGHTS, strict=True)
}
MAPPING = Mapping('six-to-four', SOURCE, TARGET, RULES)


def fit(converter: KeypointConverter, arrays: dict) -> dict:
    inputs, samples = arrays['inputs'], arrays['data_samples']
    return converter.fit(
        inputs['keypoints'],
        inputs['keypoints_visible'],
        samples['keypoints'],
        samples['keypoints_visible'],
        inputs['bboxes'],
    )


def make(name: str = 'residual', **options) -> KeypointConverter:
    """A fitted converter with random weights everywhere."""
    torch.manual_seed(0)
    network = {'type': name, **NETWORKS[name]}
    converter = KeypointConverter(**{**OPTIONS, 'network': network, **options})
    fit(converter, pair_arrays(60, noise=3.0, hidden=0.1))
    for parameter in converter.network.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return converter.eval()


@functools.cache
def shared(name: str, normalizer: str) -> KeypointConverter:
    return make(name, normalizer=normalizer)


def boxes_of(points: np.ndarray) -> np.ndarray:
    return np.concatenate([points.min(1), points.max(1)], axis=1)


@pytest.mark.parametrize('normalizer', ['similarity', 'bbox'])
@pytest.mark.parametrize('name', NETWORKS)
@settings(max_examples=5, deadline=None)
@given(width=st.integers(200, 2000), seed=st.integers(0, 99))
def test_a_flip_commutes_where_it_is_claimed(name, normalizer, width, seed):
    converter = shared(name, normalizer)
    assert converter.commutes_with_flip
    points = source_points(10, seed)
    visible = np.where(np.random.default_rng(seed).random((10, 6)) < 0.2, 0, 2)
    mirrored = flip_points(points, SOURCE.flip_indices, width)
    one = converter.convert(points, visible, boxes_of(points))
    two = converter.convert(mirrored, visible[:, SOURCE.flip_indices], boxes_of(mirrored))
    wanted = flip_points(one.points, TARGET.flip_indices, width)
    given = one.visible[:, TARGET.flip_indices] > 0
    assert np.abs(two.points - wanted)[given].max(initial=0) < 1e-2
    np.testing.assert_array_equal(two.visible, one.visible[:, TARGET.flip_indices])


@pytest.mark.parametrize('options', [dict(flip_average=False), dict(image_offset=True)])
def test_what_does_not_commute_does_not_claim_it(options):
    assert not make(**options).commutes_with_flip


@pytest.mark.parametrize('missing', ['kriging', 'mean'])
@pytest.mark.parametrize('name', NETWORKS)
def test_an_unlabelled_point_influences_nothing(name, missing):
    converter = make(name, missing=missing)
    points = torch.as_tensor(source_points(10), dtype=torch.float32)
    visible = torch.full((10, 6), 2, dtype=torch.uint8)
    visible[:, 4] = 0
    results = []
    for junk in (0.0, torch.nan, 1e9):
        points[:, 4] = junk
        output = converter(points, visible)
        assert torch.isfinite(output.points).all()
        results.append(output.points)
        assert np.isfinite(converter.convert(points.numpy(), visible.numpy()).points).all()
    assert torch.equal(results[0], results[1]) and torch.equal(results[0], results[2])


def test_unlabelled_targets_and_sources_do_not_change_the_fit():
    states = []
    for junk in (0.0, float('nan')):
        arrays = pair_arrays(60, noise=2.0, hidden=0.2)
        for side in arrays.values():
            hidden = side['keypoints_visible'] == 0
            assert hidden.any()
            side['keypoints'][hidden] = junk
        converter = KeypointConverter(**OPTIONS, network=dict(type='affine'), image_offset=True)
        fit(converter, arrays)
        states.append(converter.state_dict())
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])


@pytest.mark.parametrize('name', NETWORKS)
def test_convert_agrees_with_forward(name):
    converter = make(name, uncertainty=True)
    points = source_points(30)
    visible = np.where(np.random.default_rng(0).random((30, 6)) < 0.2, 0, 2)
    result = converter.convert(points, visible, batch_size=7)
    output = converter(torch.as_tensor(points).float(), torch.as_tensor(visible))
    given = result.visible > 0
    np.testing.assert_allclose(
        result.points[given], output.points.detach().numpy()[given], atol=2e-2
    )
    sigma = (output.log_sigma.exp() * output.frame.scale[..., 0]).detach().numpy()
    np.testing.assert_allclose(result.sigma[given], sigma[given], rtol=1e-3)
    assert np.isnan(result.sigma[~given]).all() and not result.points[~given].any()
    assert result.points.dtype == np.float64 and result.visible.dtype == np.uint8


@pytest.mark.parametrize('normalizer', ['similarity', 'bbox'])
@pytest.mark.parametrize('name', NETWORKS)
def test_far_away_points_are_as_exact_as_near_ones(name, normalizer):
    converter = make(name, normalizer=normalizer)
    points, visible = source_points(10), np.full((10, 6), 2)
    near = converter.convert(points, visible, boxes_of(points)).points
    far = converter.convert(points + 1e6, visible, boxes_of(points + 1e6)).points
    assert np.abs(far - 1e6 - near).max() < 1e-2


@pytest.mark.parametrize('name', NETWORKS)
def test_no_instances_give_no_instances(name):
    result = make(name).convert(np.zeros((0, 6, 2)), np.zeros((0, 6)), np.zeros((0, 4)))
    assert result.points.shape == (0, 4, 2) and result.visible.shape == (0, 4)
    assert result.inferred.shape == (0, 4) and result.sigma is None


@pytest.mark.parametrize(
    ('points', 'visible', 'message'),
    [
        (np.zeros((3, 5, 2)), np.ones((3, 5)), r"'six' has 6 keypoints.*\(3, 5, 2\)"),
        (np.zeros((3, 6, 2)), np.ones((3, 5)), r'found \(3, 6, 2\) and \(3, 5\)'),
        (np.zeros((3, 6, 3)), np.ones((3, 6)), r'\(N, 6, 2\)'),
        (np.full((3, 6, 2), np.nan), np.ones((3, 6)), "instance 0: .*'left_eye' of 'six'"),
        (np.full((3, 6, 2), np.inf), np.ones((3, 6)), 'is not finite'),
    ],
)
def test_what_does_not_fit_the_schema_is_named(points, visible, message):
    with pytest.raises(LandmarkError, match=message) as caught:
        make('affine').convert(points, visible)
    assert '\n' not in str(caught.value)


def test_boxes_are_checked():
    converter, points, visible = make(normalizer='bbox'), source_points(3), np.full((3, 6), 2)
    with pytest.raises(LandmarkError, match=r'expected boxes \(3, 4\).*found \(2, 4\)'):
        converter.convert(points, visible, boxes_of(points)[:2])
    boxes = boxes_of(points)
    boxes[1, 2] = np.nan
    with pytest.raises(LandmarkError, match='instance 1: its box is not finite'):
        converter.convert(points, visible, boxes)
    with pytest.raises(LandmarkError, match="normalizer 'bbox' needs a box"):
        converter.convert(points, visible)
    assert np.isfinite(make().convert(points, visible, boxes).points).all()


def test_convert_leaves_the_mode_as_it_was():
    converter = make('mlp')
    converter.train()
    points, visible = source_points(3), np.full((3, 6), 2)
    results = [converter.convert(points, visible).points for _ in range(2)]
    assert converter.training and np.array_equal(*results)  # no dropout in between


@pytest.mark.parametrize('name', NETWORKS)
def test_a_description_rebuilds_the_converter_from_user_schemas(name):
    converter = make(
        name, mapping=MAPPING, uncertainty=True, image_offset=True, affine=dict(ridge=0.5)
    )
    text = json.dumps(converter.describe(), allow_nan=False)
    again = KeypointConverter.from_description(json.loads(text))
    again.load_state_dict(converter.state_dict())
    points, visible = source_points(6), np.full((6, 6), 2)
    one, two = (c.convert(points, visible) for c in (converter, again.eval()))
    np.testing.assert_array_equal(one.points, two.points)
    np.testing.assert_array_equal(one.sigma, two.sigma)
    assert again.source_schema == SOURCE and again.target_schema == TARGET
    assert json.dumps(again.describe(), allow_nan=False) == text
    assert again.name == f'six-to-four_{name}'
    np.testing.assert_array_equal(again.mapping.matrix, MAPPING.matrix)


def test_the_shipped_mapping_is_found_or_there_is_none():
    body = KeypointConverter('coco17', 'mpii16')
    assert body.mapping.name == 'coco17-to-mpii16'
    assert KeypointConverter('coco17', 'face68').mapping is None
    assert KeypointConverter('coco17', 'mpii16', mapping=None).mapping is None
    with pytest.raises(LandmarkError, match="target schema 'mpii16', expected 'aic14'"):
        KeypointConverter('coco17', 'aic14', mapping='coco17-to-mpii16')


def test_the_mapping_is_what_an_unsupervised_target_follows():
    arrays = pair_arrays(60)
    arrays['data_samples']['keypoints_visible'][:, 2] = 0
    converter = KeypointConverter(**{**OPTIONS, 'mapping': MAPPING})
    fit(converter, arrays)
    torch.testing.assert_close(
        converter.affine_weight[2].double(), torch.as_tensor(WEIGHTS[2]), atol=1e-6, rtol=0
    )


@pytest.mark.parametrize('name', ['affine', 'residual'])
def test_before_training_a_base_is_all_there_is(name):
    converter = KeypointConverter(**OPTIONS, network={'type': name}, affine=dict(ridge=1e-6))
    numbers = fit(converter, pair_arrays(80))
    assert numbers['pairs'] == 80 and numbers['left_out'] == 0 and bool(converter.fitted)
    points, visible = source_points(10, seed=9), np.full((10, 6), 2)
    result = converter.convert(points, visible)
    np.testing.assert_allclose(result.points, WEIGHTS @ points, atol=1e-2)
    box = torch.as_tensor(points).float(), torch.as_tensor(visible)
    np.testing.assert_allclose(converter.affine(*box).detach(), result.points, atol=1e-2)


def test_the_gate_closes_the_network():
    converter = make('residual')
    points = torch.as_tensor(source_points(5)).float()
    visible = torch.full((5, 6), 2)
    assert float(
        (converter(points, visible).points - converter.affine(points, visible)).abs().max()
    )
    converter.gate.fill_(0.0)
    torch.testing.assert_close(
        converter(points, visible).points, converter.affine(points, visible), atol=1e-3, rtol=0
    )


def test_pairs_with_too_few_points_are_counted():
    arrays = pair_arrays(20)
    arrays['inputs']['keypoints_visible'][:5, 1:] = 0
    arrays['data_samples']['keypoints_visible'][5:7] = 0
    converter = KeypointConverter(**OPTIONS)
    assert fit(converter, arrays) | {'iterations': 0} == dict(pairs=13, left_out=7, iterations=0)
    arrays['inputs']['keypoints_visible'][:] = 0
    with pytest.raises(LandmarkError, match="no pair of 20 has 3 labelled points of 'six'"):
        fit(converter, arrays)


def test_what_is_stepped_and_what_is_not():
    stepped = {
        name: {k.split('.')[0] for k, p in make(name).named_parameters() if p.requires_grad}
        for name in NETWORKS
    }
    assert stepped.pop('affine') == {'affine_weight'}  # nothing steps it; see ClosedFormTrainLoop
    assert all(parts == {'network'} for parts in stepped.values())
    surer = make('affine', uncertainty=True)
    assert not surer.closed_form and make('affine').closed_form
    assert {k.split('.')[0] for k, p in surer.named_parameters() if p.requires_grad} == {
        'uncertainty'
    }


def test_unknown_options_are_named_when_it_is_built():
    with pytest.raises(LandmarkError, match=r"'ridg' of affine \(did you mean 'ridge'\?\)"):
        KeypointConverter(**OPTIONS, affine=dict(ridg=1))
    with pytest.raises(LandmarkError, match='unknown normalizer'):
        KeypointConverter(**OPTIONS, normalizer='none')
    with pytest.raises(LandmarkError, match='unknown handling'):
        KeypointConverter(**OPTIONS, missing='none')


def test_schemas_may_be_names_dicts_or_schemas():
    names = KeypointConverter('face68', 'face48').describe()
    dicts = KeypointConverter(
        get_schema('face68').to_metainfo(), get_schema('face48').to_json()
    ).describe()
    assert names == dicts


def test_training_the_offset_leaves_the_affine_baseline_as_it_was_fitted():
    converter = make(image_offset=True)
    arrays = pair_arrays(20)
    points, visible = arrays['inputs']['keypoints'], arrays['inputs']['keypoints_visible']
    with torch.no_grad():
        before = converter.affine(points, visible)
        torch.nn.init.normal_(converter.offset, std=0.5)
        torch.testing.assert_close(converter.affine(points, visible), before)
        assert float((converter(points, visible).points - before).abs().max()) > 1
        converter.gate.fill_(0.0)
        torch.testing.assert_close(converter(points, visible).points, before)


def test_without_a_network_the_base_is_the_converter():
    """Also where the mapping that the fit is drawn to has no rule for one of two sides."""
    rules = {name: rule for name, rule in RULES.items() if name != 'left_ear'}
    converter = make('affine', mapping=Mapping('one-sided', SOURCE, TARGET, rules))
    points, visible = source_points(10), np.full((10, 6), 2)
    base = converter.affine(torch.as_tensor(points).float(), torch.as_tensor(visible))
    found = converter.convert(points, visible).points
    np.testing.assert_allclose(base.detach().numpy(), found, atol=1e-3)
