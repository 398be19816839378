"""The quick dropout drops as often as it says and keeps the mean."""

from __future__ import annotations

import pytest
import torch

from mmlandmark.models.converters.networks.dropout import FastDropout


@pytest.mark.parametrize('share', [0.1, 0.5, 0.9])
def test_drops_its_share_everywhere_alike_and_keeps_the_mean(share):
    torch.manual_seed(0)
    result = FastDropout(share)(torch.ones(20000, 7))
    dropped = (result == 0).float()
    assert abs(float(dropped.mean()) - share) < 0.005
    assert float((dropped.mean(0) - share).abs().max()) < 0.015
    torch.testing.assert_close(result.mean(), torch.tensor(1.0), atol=0.03, rtol=0)
    kept = result[result != 0]
    torch.testing.assert_close(kept, torch.full_like(kept, 1 / (1 - share)), rtol=1e-3, atol=0)


def test_gradients_pass_where_numbers_are_kept():
    values = torch.randn(50, 3, requires_grad=True)
    result = FastDropout(0.5)(values)
    result.sum().backward()
    torch.testing.assert_close(values.grad * values.detach(), result.detach())


def test_follows_the_seed():
    layer, values = FastDropout(0.3), torch.ones(100)
    torch.manual_seed(3)
    first = layer(values)
    assert not torch.equal(layer(values), first)
    torch.manual_seed(3)
    assert torch.equal(layer(values), first)


@pytest.mark.parametrize('share', [0.0, 1.0])
def test_all_or_nothing(share):
    assert torch.equal(FastDropout(share)(torch.ones(9)), torch.full((9,), 1 - share))


def test_is_out_of_the_way_when_not_training():
    values = torch.randn(5, 5)
    assert torch.equal(FastDropout(0.5).eval()(values), values)


@pytest.mark.parametrize('shape', [(), (0, 4), (1,), (2, 3, 5)])
def test_any_shape_and_type(shape):
    for kind in (torch.float32, torch.float64, torch.bfloat16):
        result = FastDropout(0.5)(torch.ones(shape, dtype=kind))
        assert result.shape == shape and result.dtype == kind
