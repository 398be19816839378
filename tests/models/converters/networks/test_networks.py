"""What every network promises."""

from __future__ import annotations

import pytest
import torch
from pair_batches import NETWORKS, SOURCE, TARGET, source_points
from torch import nn

from mmlandmark.models.converters import NetworkContext, build_network
from mmlandmark.schemas import get_schema

TRAINED = [name for name in NETWORKS if name != 'affine']


def build(name: str, **options) -> nn.Module:
    torch.manual_seed(0)
    return build_network(
        {'type': name, **NETWORKS[name], **options}, NetworkContext(SOURCE, TARGET)
    )


def batch(num: int = 8) -> tuple[torch.Tensor, torch.Tensor]:
    points = torch.as_tensor(source_points(num), dtype=torch.float32)
    points = (points - points.mean(1, keepdim=True)) / 50
    return points, torch.rand(num, 6, generator=torch.Generator().manual_seed(1)) < 0.8


@pytest.mark.parametrize('name', NETWORKS)
@pytest.mark.parametrize('num', [1, 8])
def test_shapes(name, num):
    assert build(name).eval()(*batch(num)).shape == (num, 4, 2)


@pytest.mark.parametrize('name', TRAINED)
def test_gradients_reach_every_parameter(name):
    network = build(name)
    if name == 'residual':  # the last layer starts at zero and stops what lies before it
        nn.init.normal_(network.layers[-1].weight)
    network(*batch(64)).square().sum().backward()
    silent = [n for n, p in network.named_parameters() if p.grad is None or not p.grad.any()]
    assert not silent


@pytest.mark.parametrize('name', NETWORKS)
def test_whether_the_affine_base_is_underneath(name):
    assert build(name).uses_base == (name in ('affine', 'residual'))


def test_the_affine_network_adds_nothing():
    network = build('affine')
    assert not network(*batch()).any() and not list(network.parameters())


@pytest.mark.parametrize(
    ('name', 'shapes'),
    [
        ('simple_linear', [(96, 136)]),
        ('minimal_mlp', [(128, 136), (96, 128)]),
        ('mlp', [(256, 136), (256, 256), (96, 256)]),
        ('autoencoder', [(128, 136), (64, 128), (128, 64), (96, 128)]),
    ],
)
def test_sizes_of_the_flat_networks_by_default(name, shapes):
    context = NetworkContext(get_schema('face68'), get_schema('face48'))
    network = build_network(dict(type=name), context)
    linear = [m for m in network.modules() if isinstance(m, nn.Linear)]
    assert [tuple(m.weight.shape) for m in linear] == shapes
    dropout = [m.p for m in network.modules() if isinstance(m, nn.Dropout)]
    assert dropout == ([0.3, 0.3] if name == 'mlp' else [])
