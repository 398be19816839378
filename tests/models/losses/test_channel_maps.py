"""Losses on maps of channels: values by hand, perfect maps, the mask and half precision."""

from __future__ import annotations

import math

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.registry import MODELS  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.geometry.channel_targets import mark_cells, render_channel_maps  # noqa: E402
from mmlandmark.models.losses import (  # noqa: E402
    ChannelBCELoss,
    ChannelFocalLoss,
    ChannelMSELoss,
)
from mmlandmark.models.losses.channel_base import channel_losses  # noqa: E402

SHAPE = (2, 3, 12, 10)
LOSSES = [ChannelBCELoss, ChannelFocalLoss, ChannelMSELoss]


def batch(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Outputs, targets and cells with a keypoint."""
    rng = torch.Generator().manual_seed(seed)
    points = torch.rand(9, 2, generator=rng) * torch.tensor([10.0, 12.0])
    maps = torch.randint(0, 6, (9,), generator=rng)
    targets = render_channel_maps(points, maps, SHAPE, 1.3)
    return 3 * torch.randn(SHAPE, generator=rng), targets, mark_cells(points, maps, SHAPE)


def test_bce_is_zero_for_perfect_maps_and_only_there():
    _, targets, _ = batch()
    perfect = torch.logit(targets.double()).float().clamp(-80, 80)
    loss = ChannelBCELoss()
    assert loss(perfect, targets).abs().max() < 1e-4
    for step in (-0.2, 0.2):
        assert (loss(perfect + step, targets) > 1e-2).all()


def test_bce_by_hand_and_its_gradient():
    targets = torch.tensor([0.0, 1.0, 0.25, 0.25]).view(1, 2, 1, 2)
    scores = torch.tensor([0.2, 0.5, 0.25, 0.5]).view(1, 2, 1, 2)
    outputs = torch.logit(scores).requires_grad_()
    kl = 0.25 * math.log(0.25 / 0.5) + 0.75 * math.log(0.75 / 0.5)
    value = ChannelBCELoss()(outputs, targets)
    torch.testing.assert_close(value, torch.tensor([-math.log(0.8) - math.log(0.5), kl]))
    value.sum().backward()
    torch.testing.assert_close(outputs.grad, scores - targets)


def test_bce_is_cross_entropy_less_a_constant():
    outputs, targets, _ = batch()
    plain = torch.nn.functional.binary_cross_entropy_with_logits(
        outputs.double(), targets.double(), reduction='none'
    ).sum((0, 2, 3))
    t = targets.double()
    entropy = -(torch.xlogy(t, t) + torch.xlogy(1 - t, 1 - t)).sum((0, 2, 3))
    torch.testing.assert_close(ChannelBCELoss()(outputs, targets).double(), plain - entropy)
    assert (entropy > 1).all()


@pytest.mark.parametrize(('alpha', 'beta'), [(2.0, 4.0), (1.5, 0.0)])
def test_focal_is_that_of_the_paper(alpha, beta):
    outputs, targets, centres = batch()
    p, t = outputs.double().sigmoid(), targets.double()
    positive = -((1 - p) ** alpha) * p.log()
    negative = -((1 - t) ** beta) * p**alpha * (1 - p).log()
    expected = torch.where(centres, positive, negative).sum((0, 2, 3))
    found = ChannelFocalLoss(alpha, beta)(outputs, targets, centres=centres)
    torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=0)


def test_focal_is_zero_for_peaks_alone_and_wants_to_know_them():
    _, targets, centres = batch()
    found = ChannelFocalLoss()(torch.where(centres, 30.0, -30.0), targets, centres=centres)
    assert (found >= 0).all() and found.max() < 1e-8
    with pytest.raises(LandmarkError, match='no centres given'):
        ChannelFocalLoss()(targets, targets)


def test_mse_by_hand_is_of_what_the_head_gives():
    outputs = torch.tensor([0.5, 2.0, 0.0, -1.0]).view(1, 2, 1, 2)
    targets = torch.tensor([1.0, 1.0, 0.0, 0.5]).view(1, 2, 1, 2)
    loss = ChannelMSELoss(loss_weight=2.0)
    torch.testing.assert_close(loss(outputs, targets), torch.tensor([2.5, 4.5]))
    assert torch.equal(loss.score(outputs), outputs)
    torch.testing.assert_close(ChannelBCELoss().score(outputs), outputs.sigmoid())


@pytest.mark.parametrize('kind', LOSSES)
def test_masked_cells_reach_neither_the_loss_nor_a_gradient(kind):
    outputs, targets, centres = batch()
    mask = torch.ones(2, 12, 10, dtype=torch.bool)
    mask[0, 8:], mask[1, :, 7:] = False, False
    hidden = ~mask[:, None].expand(SHAPE)
    parts = [kind()(o[None], t[None], None, c[None]) for o, t, c in
             ((outputs[0, :, :8], targets[0, :, :8], centres[0, :, :8]),
              (outputs[1, :, :, :7], targets[1, :, :, :7], centres[1, :, :, :7]))]  # fmt: skip
    worst = outputs.masked_fill(hidden, math.inf).requires_grad_()
    value = kind()(worst, targets.masked_fill(hidden, math.nan), mask, centres)
    torch.testing.assert_close(value, sum(parts))
    value.sum().backward()
    assert not worst.grad[hidden].any() and worst.grad.isfinite().all()
    assert worst.grad[~hidden].ne(0).float().mean() > 0.9


@pytest.mark.parametrize('kind', LOSSES)
@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_half_precision_is_only_that_of_what_comes_in(kind, dtype):
    outputs, targets, centres = batch()
    outputs = (outputs * 8).to(dtype)  # to where a sigmoid in half precision is 0 or 1
    expected = kind()(outputs.float(), targets, None, centres)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        found = kind()(outputs.requires_grad_(), targets, None, centres)
    assert found.dtype == torch.float32 and torch.equal(found, expected)
    found.sum().backward()
    assert outputs.grad.isfinite().all()


@pytest.mark.parametrize('kind', LOSSES)
def test_channels_have_no_part_in_each_other(kind):
    outputs, targets, centres = batch()
    before = kind()(outputs, targets, None, centres)
    after = kind()(outputs.index_fill(1, torch.tensor([1]), 5.0), targets, None, centres)
    assert after[1] != before[1] and torch.equal(after[[0, 2]], before[[0, 2]])


def test_the_loss_of_a_batch_is_the_mean_over_channels():
    sums = torch.tensor([6.0, 2.0], requires_grad=True)
    losses = channel_losses(sums, torch.tensor(4.0), ('corner', 'flap'))
    assert {name: value.item() for name, value in losses.items()} == {
        'loss': 1.0, 'excess/corner': 1.5, 'excess/flap': 0.5,
    }  # fmt: skip
    losses['loss'].backward()
    assert sums.grad.tolist() == [0.125, 0.125]
    assert not losses['excess/flap'].requires_grad
    # no keypoint in all the batch: as if there were one
    none = channel_losses(sums, torch.tensor(0.0), ('corner', 'flap'))
    assert none['loss'].item() == 8.0


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (dict(type='ChannelBCELoss', loss_weight=-1), 'ChannelBCELoss: loss_weight is -1'),
        (dict(type='ChannelMSELoss', loss_weight=math.nan), 'loss_weight is nan'),
        (dict(type='ChannelFocalLoss', alpha=-1.0), 'alpha is -1.0'),
        (dict(type='ChannelFocalLoss', beta=math.inf), 'beta is inf'),
    ],
)
def test_options_that_are_refused(options, words):
    with pytest.raises(LandmarkError, match=words):
        MODELS.build(options)
