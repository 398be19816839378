"""Attention over keypoints."""

from __future__ import annotations

import pytest
import torch
from pair_batches import SOURCE, TARGET

from mmlandmark.errors import LandmarkError
from mmlandmark.models.converters import NetworkContext, build_network
from models.converters.networks.test_networks import batch, build


@pytest.mark.parametrize('training', [True, False])
def test_coordinates_of_missing_points_influence_nothing(training):
    network = build('mlp_attention', dropout=0.0).train(training)
    points, visible = batch()
    visible[:, 0], visible[0] = True, False
    visible[0, 2] = True
    other = torch.where(visible[..., None], points, points * 9 + 3)
    torch.testing.assert_close(network(other, visible), network(points, visible))
    moved = points.clone()
    moved[:, 0] += 1
    changed = (network(moved, visible) - network(points, visible)).abs().amax((1, 2))
    assert not changed[0] and (changed[1:] > 0).all()


def test_an_instance_without_any_point_gives_numbers():
    points, visible = batch()
    visible[3] = False
    result = build('mlp_attention').eval()(points, visible)
    assert torch.isfinite(result).all()


def test_keypoints_have_an_identity():
    network = build('mlp_attention').eval()
    nn_init = torch.nn.init.normal_
    nn_init(network.source_embedding)
    points, visible = batch()[0], torch.ones(8, 6, dtype=torch.bool)
    swapped = points[:, [1, 0, 2, 3, 4, 5]]
    assert float((network(swapped, visible) - network(points, visible)).abs().max()) > 1e-4


def test_defaults():
    network = build_network(dict(type='mlp_attention'), NetworkContext(SOURCE, TARGET))
    layer = network.encoder[0]
    assert network.embed.out_features == 128
    assert layer.self_attn.num_heads == network.read.num_heads == 4
    assert layer.linear1.out_features == network.output[1].out_features == 256


def test_a_width_that_does_not_divide_is_an_error():
    with pytest.raises(LandmarkError, match='width 16 does not divide into 3 heads'):
        build('mlp_attention', num_heads=3)
