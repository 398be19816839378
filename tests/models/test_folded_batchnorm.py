"""Folded batch normalisation: the same numbers by fewer layers, for every family of backbones."""

from __future__ import annotations

from copy import deepcopy

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import mmlandmark  # noqa: F401
from mmlandmark.models.folded_batchnorm import fold_batchnorm

pytest.importorskip('mmpose')
from apis.tiny_faces import NARROW_HRNET
from mmengine.registry import DefaultScope
from mmpose.registry import MODELS

BACKBONES = {
    'HRNet': dict(type='HRNet', extra=NARROW_HRNET),
    'MobileNetV2': dict(type='MobileNetV2', widen_factor=0.25),
    'CSPNeXt': dict(type='mmdet.CSPNeXt', deepen_factor=0.167, widen_factor=0.125),
    'ResNet': dict(type='ResNet', depth=18, base_channels=8),
    'ShuffleNetV2': dict(type='ShuffleNetV2', widen_factor=0.5),
    'timm': dict(type='TimmBackbone', model_name='mobilenetv3_small_050', out_indices=(2, 3)),
}


def randomised(network: nn.Module) -> nn.Module:
    """Return a network in evaluation mode whose normalisations do something."""
    torch.manual_seed(0)
    for part in network.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            nn.init.normal_(part.running_mean, std=0.2)
            nn.init.uniform_(part.running_var, 0.5, 2)
            if part.affine:
                nn.init.uniform_(part.weight, 0.5, 1.5)
                nn.init.normal_(part.bias, std=0.2)
    network.eval()  # of some backbones it returns nothing
    return network


def count_norms(network: nn.Module) -> int:
    """Return how many batch normalisations a network has."""
    return sum(isinstance(part, nn.modules.batchnorm._BatchNorm) for part in network.modules())


def folded_as_before(network: nn.Module, inputs: torch.Tensor) -> int:
    """Fold a copy, compare what it makes of other inputs, and return how many were folded."""
    before, copy = network(inputs), deepcopy(network)
    count = fold_batchnorm(copy, lambda: copy(inputs[:1]))
    after = copy(inputs)
    if isinstance(before, torch.Tensor):
        before, after = [before], [after]
    for one, two in zip(before, after, strict=True):
        torch.testing.assert_close(two, one, atol=2e-5 * float(one.abs().max()), rtol=0)
    assert count_norms(copy) == count_norms(network) - count
    return count


@torch.no_grad()
@pytest.mark.parametrize('name', BACKBONES)
def test_backbones_keep_their_features(name):
    settings = BACKBONES[name]
    with DefaultScope.overwrite_default_scope('mmpose'):
        network = randomised(MODELS.build(settings))
    count = folded_as_before(network, torch.randn(2, 3, 64, 64))
    assert count == count_norms(network) > 10


@torch.no_grad()
@pytest.mark.parametrize('bias', [False, True])
def test_transposed_and_grouped_convolutions(bias):
    layers = nn.Sequential(
        nn.ConvTranspose2d(4, 6, 4, 2, 1, bias=bias),
        nn.BatchNorm2d(6, affine=bias),
        nn.Conv2d(6, 6, 3, groups=3, bias=bias),
        nn.BatchNorm2d(6),
    )
    assert folded_as_before(randomised(layers), torch.randn(2, 4, 5, 5)) == 2
    grouped = nn.Sequential(nn.ConvTranspose2d(4, 6, 4, groups=2), nn.BatchNorm2d(6))
    assert folded_as_before(randomised(grouped), torch.randn(2, 4, 5, 5)) == 0


class Trap(nn.Module):
    """Layers that must not be folded, though a convolution stands before a normalisation."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind, self.conv, self.norm = kind, nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.other = nn.BatchNorm2d(4)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        if self.kind == 'norm first':
            return self.conv(self.norm(inputs))
        if self.kind == 'standardised':
            weight = self.conv.weight - self.conv.weight.mean()
            return self.norm(F.conv2d(inputs, weight, self.conv.bias, padding=1))
        maps = self.conv(inputs)
        if self.kind == 'activated':
            return self.norm(maps.relu_())
        if self.kind == 'used again':
            return self.norm(maps) + maps
        if self.kind == 'returned':
            return torch.cat(list(self.ends(maps)))
        if self.kind == 'two norms':
            return self.norm(maps) + self.other(maps)
        return self.other(self.conv(self.norm(maps)))  # one convolution, run twice

    def ends(self, maps: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.norm(maps), maps


@torch.no_grad()
@pytest.mark.parametrize(
    'kind',
    [
        'norm first',
        'standardised',
        'activated',
        'used again',
        'returned',
        'two norms',
        'run twice',
    ],
)
def test_what_cannot_be_folded_stays(kind):
    assert folded_as_before(randomised(Trap(kind)), torch.randn(2, 4, 6, 6)) == 0


@torch.no_grad()
def test_a_norm_that_trains_stays_and_shared_weights_stay_as_they_are():
    layers = randomised(nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)))
    weight = layers[0].weight
    before, inputs = weight.clone(), torch.randn(2, 3, 6, 6)
    assert fold_batchnorm(layers.train(), lambda: layers(inputs)) == 0
    assert fold_batchnorm(layers.eval(), lambda: layers(inputs)) == 1
    assert layers[0].weight is not weight and torch.equal(weight, before)
