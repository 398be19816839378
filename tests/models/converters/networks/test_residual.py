"""The correction of the affine base."""

from __future__ import annotations

from torch import nn

from models.converters.networks.test_networks import batch, build


def test_starts_at_zero():
    assert not build('residual')(*batch()).any()


def test_knows_which_points_were_filled_in():
    network = build('residual').eval()
    nn.init.normal_(network.layers[-1].weight)
    points, visible = batch()
    assert float((network(points, ~visible) - network(points, visible)).abs().max()) > 1e-3
