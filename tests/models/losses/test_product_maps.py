"""The loss of products that are not drawn is MMPose's of the drawn maps."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.models.losses import KeypointMSELoss  # noqa: E402

from mmlandmark.geometry.heatmap_targets import outer  # noqa: E402
from mmlandmark.geometry.product_maps import ProductMaps, join_rows  # noqa: E402
from mmlandmark.models.losses.product_maps import product_loss, takes_products  # noqa: E402

SHAPE = (3, 5, 16, 12)
OPTIONS = [
    dict(),
    dict(use_target_weight=True),
    dict(use_target_weight=True, skip_empty_channel=True, loss_weight=2.5),
]


def case(seed: int = 0) -> tuple[Tensor, ProductMaps, Tensor, Tensor]:
    """Return predictions, targets, the same drawn, and weights; some of them blank."""
    generator = torch.Generator().manual_seed(seed)
    number = SHAPE[0] * SHAPE[1]
    x, y = (torch.rand(number, side, generator=generator) for side in (SHAPE[3], SHAPE[2]))
    x[2], y[7] = 0, 0
    weights = torch.rand(SHAPE[:2], generator=generator).round(decimals=1)
    weights[1, 2:] = 0
    return torch.randn(SHAPE, generator=generator), ProductMaps(x, y), outer(x, y), weights


def slope(loss: Any, maps: Tensor) -> tuple[Tensor, Tensor]:
    maps = maps.clone().requires_grad_()
    value = loss(maps)
    value.backward()
    return value.detach(), maps.grad


@pytest.mark.parametrize('options', OPTIONS)
@pytest.mark.parametrize('layout', [torch.contiguous_format, torch.channels_last])
def test_value_and_gradient_are_those_of_mmpose(options, layout):
    maps, products, drawn, weights = case()
    maps, module = maps.to(memory_format=layout), KeypointMSELoss(**options)
    expected = slope(lambda maps: module(maps, drawn.view(SHAPE), weights), maps)
    found = slope(lambda maps: product_loss(module, maps, products, weights), maps)
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-9)
    assert products.shape == drawn[:, None].shape


def test_a_small_error_is_as_exact_as_a_large_one():
    _, products, drawn, weights = case()
    maps = drawn.view(SHAPE) + 1e-4
    module = KeypointMSELoss(use_target_weight=True)
    expected = module(maps.double(), drawn.double().view(SHAPE), weights.double())
    found = product_loss(module, maps, products, weights)
    torch.testing.assert_close(found.double(), expected, rtol=1e-4, atol=0)


def test_what_the_mask_leaves_out_has_no_influence_whatever_it_is():
    maps, products, drawn, weights = case()
    mask, module = weights > 0, KeypointMSELoss(use_target_weight=True)
    blank = maps.masked_fill(~mask[..., None, None], 0)
    expected = slope(lambda maps: module(maps, drawn.view(SHAPE), weights), blank)
    wrong = maps.masked_fill(~mask[..., None, None], torch.nan)
    found = slope(lambda maps: product_loss(module, maps, products, weights, mask), wrong)
    torch.testing.assert_close(found[0], expected[0], rtol=1e-6, atol=1e-9)
    kept = mask[..., None, None].expand(SHAPE)
    torch.testing.assert_close(found[1][kept], expected[1][kept], rtol=1e-6, atol=1e-9)
    assert not found[1][~kept].any()


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16, torch.float64])
def test_other_precisions_are_computed_in_single(dtype):
    maps, products, drawn, weights = case()
    maps, module = maps.to(dtype), KeypointMSELoss(use_target_weight=True)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        value, gradient = slope(lambda maps: product_loss(module, maps, products, weights), maps)
    expected = slope(lambda maps: module(maps, drawn.view(SHAPE), weights), maps.float())
    torch.testing.assert_close(value, expected[0], rtol=1e-6, atol=1e-9)
    assert gradient.dtype == dtype
    torch.testing.assert_close(gradient, expected[1].to(dtype), rtol=1e-6, atol=1e-9)


def test_other_losses_do_not_take_products():
    class Other(KeypointMSELoss):
        pass

    assert takes_products(KeypointMSELoss()) and not takes_products(Other())


def test_products_are_joined_as_tensors_are():
    _, products, drawn, _ = case()
    joined = join_rows([products, products])
    torch.testing.assert_close(outer(joined.x, joined.y), torch.cat([drawn, drawn]))
    assert torch.equal(join_rows([drawn, drawn]), torch.cat([drawn, drawn]))
