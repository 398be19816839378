"""Rows of outputs, and the divisor that the losses of several data sets share."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.registry import MODELS  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.models.heads import row_losses  # noqa: E402


def test_rows_of_an_output():
    maps = torch.rand(2, 6, 4, 3)
    (rows,) = row_losses.keypoint_rows(maps, 3, 'a head')
    assert rows.shape == (6, 2, 4, 3) and torch.equal(rows[4], maps[1, 2:4])
    x, y = row_losses.keypoint_rows((torch.rand(2, 3, 5), torch.rand(2, 3, 7)), 3, 'a head')
    assert x.shape == (6, 1, 5) and y.shape == (6, 1, 7)
    with pytest.raises(LandmarkError, match='a head: gives 6 maps, expected a multiple of 4'):
        row_losses.keypoint_rows(maps, 4, 'a head')
    last = row_losses.keypoint_rows(maps.to(memory_format=torch.channels_last), 3, 'a head')
    assert torch.equal(last[0], rows)


def test_the_sum_over_rows_has_at_least_single_precision():
    loss = MODELS.build(dict(type='KeypointMSELoss', use_target_weight=True))
    rows = torch.ones(4000, 1, 8, 8)
    half = row_losses.sum_over_rows(
        loss, 'mean', (rows.half(),), (3 * rows.half(),), torch.ones(4000).half()
    )
    assert half.dtype == torch.float32 and float(half) == 16000
    double = row_losses.sum_over_rows(
        loss, 'mean', (rows.double(),), (3 * rows.double(),), torch.full((4000,), 0.5).double()
    )
    assert double.dtype == torch.float64 and float(double) == 8000


def test_maps_of_another_size_than_the_codec_makes_are_named():
    loss = MODELS.build(dict(type='KeypointMSELoss', use_target_weight=True))
    with pytest.raises(LandmarkError, match='the head gives 1x8x8, the codec labels of 1x16x16'):
        row_losses.sum_over_rows(
            loss, 'mean', (torch.ones(2, 1, 8, 8),), (torch.ones(2, 1, 16, 16),), torch.ones(2)
        )


def test_shares_of_the_data_sets():
    sums = dict(a=torch.tensor(6.0), b=torch.tensor(2.0), c=torch.tensor(0.0))
    found = row_losses.normalised_losses(sums, dict(a=3, b=1, c=0), dict(b=5.0), sums['a'])
    assert {k: float(v) for k, v in found.items()} == {
        'loss_kpt/a': 1.5,
        'loss_kpt/b': 2.5,
        'loss_kpt/c': 0.0,
    }
    nothing = row_losses.normalised_losses(dict(a=sums['c']), dict(a=0), {}, sums['c'])
    assert float(nothing['loss_kpt/a']) == 0


def test_a_zero_with_a_gradient():
    tensors = [
        torch.full((2, 3), torch.inf, requires_grad=True),
        torch.ones((), requires_grad=True),
    ]
    zero = row_losses.through(tensors)
    zero.backward()
    assert float(zero.detach()) == 0
    assert all(tensor.grad is not None and not tensor.grad.any() for tensor in tensors)
