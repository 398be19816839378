"""Losses: values by hand, the mask, the weights and the divisor."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.registry import MODELS  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.models.losses import mean_over_supervised  # noqa: E402

NAMES = ['CauchyPointLoss', 'SmoothL1PointLoss', 'MSEPointLoss', 'L1PointLoss', 'WingPointLoss']
NAMES += ['StudentTPointLoss']


def build(name: str, **options) -> torch.nn.Module:
    return MODELS.build(dict(type=name, **options))


def batch(num: int = 6, points: int = 20) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    pred, target = (torch.randn(num, points, 2, generator=generator).double() for _ in range(2))
    return pred.requires_grad_(), target, torch.rand(num, points, generator=generator) < 0.5


def sigma_for(loss: torch.nn.Module, shape: torch.Size) -> torch.Tensor | None:
    return torch.full(shape, -0.5).double() if loss.needs_uncertainty else None


@pytest.mark.parametrize(
    ('config', 'at_small', 'at_large'),
    [
        # distances 0.03 and 0.5 (a 3-4-5 triangle each)
        (dict(type='MSEPointLoss'), 0.0009, 0.25),
        (dict(type='L1PointLoss'), 0.03, 0.5),
        (dict(type='SmoothL1PointLoss', beta=0.1), 0.0045, 0.45),
        (
            dict(type='CauchyPointLoss', scale=0.1),
            0.005 * math.log(1 + 0.09),
            0.005 * math.log(1 + 25),
        ),
        (
            dict(type='WingPointLoss', width=0.1, curvature=0.02),
            0.1 * math.log(1 + 0.03 / 0.02),
            0.5 - (0.1 - 0.1 * math.log(1 + 5)),
        ),
    ],
)
def test_values_by_hand(config, at_small, at_large):
    loss = MODELS.build(config)
    supervised = torch.ones(1, 1, dtype=torch.bool)
    for factor, wanted in ((0.006, at_small), (0.1, at_large)):
        offset = torch.tensor([[[3.0, 4.0]]]) * factor
        value = loss(offset, torch.zeros(1, 1, 2), supervised)
        assert float(value) == pytest.approx(wanted, rel=1e-5)
    assert MODELS.build(dict(config, loss_weight=3.0))(
        offset, torch.zeros(1, 1, 2), supervised
    ) == pytest.approx(3 * wanted, rel=1e-5)


def test_wing_and_smooth_l1_have_no_step_where_their_parts_meet():
    supervised = torch.ones(1, 1, dtype=torch.bool)
    for name, at in (('WingPointLoss', 0.1), ('SmoothL1PointLoss', 0.05)):
        loss = build(name)
        near, far = (
            loss(torch.tensor([[[at + e, 0.0]]]), torch.zeros(1, 1, 2), supervised)
            for e in (-1e-4, 1e-4)
        )
        assert 0 < float(far - near) < 1e-3


@pytest.mark.parametrize('degrees', [1.0, 4.0, 30.0])
def test_student_t_is_the_log_density_up_to_a_constant(degrees):
    stats = pytest.importorskip('scipy.stats')
    loss = build('StudentTPointLoss', degrees=degrees)
    pred, target, _ = batch(5, 7)
    log_sigma = torch.randn(5, 7, generator=torch.Generator().manual_seed(2)).double()
    differences = []
    for i, k in ((0, 0), (2, 3), (4, 6), (1, 5)):
        one = (slice(i, i + 1), slice(k, k + 1))
        value = loss(pred[one], target[one], torch.ones(1, 1, dtype=bool), log_sigma=log_sigma[one])
        density = stats.multivariate_t(
            loc=target[i, k].numpy(),
            shape=math.exp(2 * float(log_sigma[i, k])) * np.eye(2),
            df=degrees,
        )
        differences.append(float(value) + density.logpdf(pred[i, k].detach().numpy()))
    assert differences == pytest.approx([differences[0]] * 4, abs=1e-9)


def test_student_t_is_least_where_sigma_is_right():
    loss = build('StudentTPointLoss')
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    chi = torch.distributions.Chi2(4.0).sample((20000, 1)) / 4
    errors = 0.1 * torch.randn(20000, 1, 2, generator=generator) / chi.sqrt()[..., None]
    seen = torch.ones(20000, 1, dtype=torch.bool)
    values = [
        float(loss(errors, torch.zeros_like(errors), seen, log_sigma=torch.full((20000, 1), s)))
        for s in (math.log(0.07), math.log(0.1), math.log(0.14))
    ]
    assert values[1] < values[0] and values[1] < values[2]


def test_student_t_without_an_uncertainty_is_an_error():
    pred, target, supervised = batch()
    with pytest.raises(LandmarkError, match='needs a converter with uncertainty=True'):
        build('StudentTPointLoss')(pred, target, supervised)


@pytest.mark.parametrize('name', NAMES)
def test_an_unsupervised_label_has_no_influence_and_no_gradient(name):
    loss = build(name)
    gradients, values = [], []
    for junk in (0.0, torch.nan, torch.inf):
        pred, target, supervised = batch()
        target = torch.where(supervised[..., None], target, junk)
        value = loss(pred, target, supervised, log_sigma=sigma_for(loss, supervised.shape))
        value.backward()
        gradients.append(pred.grad)
        values.append(value)
    assert values[0] == values[1] == values[2] and torch.isfinite(values[0])
    assert not gradients[1][~supervised].any()
    assert gradients[1][supervised].any(-1).all()
    assert torch.equal(gradients[0], gradients[1]) and torch.equal(gradients[0], gradients[2])


@pytest.mark.parametrize('name', NAMES)
def test_five_labelled_of_twenty_weigh_per_point_as_twenty_of_twenty(name):
    loss = build(name)
    per_point = []
    for labelled in (5, 20):
        pred, target = torch.full((3, 20, 2), 0.2).requires_grad_(), torch.zeros(3, 20, 2)
        supervised = torch.arange(20).expand(3, 20) < labelled
        value = loss(pred, target, supervised, log_sigma=sigma_for(loss, supervised.shape))
        value.backward()
        per_point.append((value.detach(), pred.grad[0, 0] * 3 * labelled))
    torch.testing.assert_close(per_point[0], per_point[1])


@pytest.mark.parametrize('name', NAMES)
def test_nothing_supervised_gives_zero_and_zero_gradient(name):
    loss = build(name)
    pred, target, supervised = batch()
    supervised = torch.zeros_like(supervised)
    value = loss(pred, target * torch.nan, supervised, log_sigma=sigma_for(loss, supervised.shape))
    value.backward()
    assert float(value) == 0 and not pred.grad.any()


@pytest.mark.parametrize('name', NAMES)
def test_a_perfect_prediction_has_a_finite_gradient(name):
    loss = build(name)
    pred = torch.zeros(2, 3, 2, requires_grad=True)
    supervised = torch.ones(2, 3, dtype=torch.bool)
    sigma = torch.zeros(2, 3) if loss.needs_uncertainty else None
    loss(pred, torch.zeros(2, 3, 2), supervised, log_sigma=sigma).backward()
    assert not pred.grad.any()


def test_weights_multiply_and_do_not_enter_the_divisor():
    loss = build('MSEPointLoss')
    pred, target = torch.ones(1, 2, 2), torch.zeros(1, 2, 2)
    supervised = torch.ones(1, 2, dtype=torch.bool)
    assert float(loss(pred, target, supervised, torch.tensor([1.0, 3.0]))) == (2 + 6) / 2


def test_mean_over_supervised_counts_keypoints_not_instances():
    values = torch.tensor([[1.0, 5.0, torch.nan], [3.0, torch.inf, torch.nan]])
    supervised = torch.tensor([[True, True, False], [True, False, False]])
    assert float(mean_over_supervised(values, supervised)) == 3
