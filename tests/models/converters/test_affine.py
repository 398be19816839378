"""The closed-form fit, against brute force and against what it promises."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pair_batches import SOURCE, TARGET, WEIGHTS, source_points

from mmlandmark.models.converters import affine, fit_affine
from mmlandmark.models.converters.affine import shift_terms

FLIPS = tuple(torch.as_tensor(s.flip_indices) for s in (SOURCE, TARGET))


CONSTANT = torch.ones(200, 1)


def normalised(num: int = 60, seed: int = 0, noise: float = 0.0):
    """Source and target in the frame of the source, and everything supervised."""
    points = torch.as_tensor(source_points(num, seed))
    target = torch.as_tensor(WEIGHTS) @ points
    center = points.mean(1, keepdim=True)
    size = (points - center).square().sum(-1).mean(1).sqrt()[:, None, None]
    generator = torch.Generator().manual_seed(seed)
    target = target + noise * size * torch.randn(target.shape, generator=generator).double()
    return (points - center) / size, (target - center) / size, torch.ones(num, 4, dtype=bool)


def mirrored(points: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
    return points[:, indices] * torch.tensor([-1.0, 1.0])


def test_recovers_a_known_map_exactly_without_noise():
    fit = fit_affine(*normalised(), ridge=1e-9)
    torch.testing.assert_close(fit.weight, torch.as_tensor(WEIGHTS), atol=1e-6, rtol=0)
    assert fit.weight.dtype == torch.float64
    assert float(fit.spread.max()) < 1e-6


def test_rows_sum_to_one_whatever_the_data():
    source, target, supervised = normalised(noise=0.3)
    fit = fit_affine(source, target, supervised, flips=FLIPS, shifts=CONSTANT[:60])
    torch.testing.assert_close(fit.weight.sum(1), torch.ones(4, dtype=torch.float64))


def test_gross_outliers_hurt_least_squares_and_not_the_robust_fit():
    source, target, supervised = normalised(200, noise=0.01)
    rng = np.random.default_rng(3)
    wild = torch.as_tensor(rng.random((200, 4)) < 0.2)
    target = target + wild[..., None] * torch.as_tensor(rng.normal(1.5, 1.0, target.shape))
    truth = torch.as_tensor(WEIGHTS)
    robust = fit_affine(source, target, supervised, ridge=1e-6).weight
    plain = fit_affine(source, target, supervised, ridge=1e-6, tuning=1e9).weight

    def error(weight: torch.Tensor) -> float:
        return float(((weight - truth) @ source).square().sum(-1).sqrt().mean())

    assert error(robust) < 0.01
    assert error(plain) > 10 * error(robust)


@settings(max_examples=20, deadline=None)
@given(st.floats(-math.pi, math.pi), st.floats(0.3, 3), st.floats(-5, 5), st.booleans())
def test_predictions_commute_with_similarity(angle, scale, shift, flip):
    source, target, supervised = normalised(30, noise=0.1)
    weight = fit_affine(source, target, supervised, flips=FLIPS if flip else None).weight
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    turn = torch.tensor([[cos, -sin], [sin, cos]], dtype=torch.float64)
    move = torch.tensor([shift, -2 * shift], dtype=torch.float64)
    torch.testing.assert_close(
        weight @ (source @ turn.T + move), (weight @ source) @ turn.T + move, atol=1e-9, rtol=0
    )


@settings(max_examples=10, deadline=None)
@given(st.floats(-math.pi, math.pi), st.booleans())
def test_the_fit_does_not_depend_on_how_the_pictures_are_turned(angle, flip):
    source, target, supervised = normalised(30, noise=0.1)
    flips = FLIPS if flip else None
    turn = torch.tensor(
        [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]],
        dtype=torch.float64,
    )
    one = fit_affine(source, target, supervised, flips=flips).weight
    two = fit_affine(source @ turn.T, target @ turn.T, supervised, flips=flips).weight
    torch.testing.assert_close(one, two, atol=1e-9, rtol=0)


def test_with_flips_the_result_is_symmetric_and_without_it_is_not():
    data = normalised(noise=0.2)
    across, down = FLIPS
    symmetric = fit_affine(*data, flips=FLIPS).weight
    torch.testing.assert_close(symmetric, symmetric[down][:, across])
    free = fit_affine(*data).weight
    assert float((free - free[down][:, across]).abs().max()) > 1e-3


def test_a_prior_of_one_side_serves_both():
    source, target, supervised = normalised(noise=0.2)
    prior = torch.as_tensor(WEIGHTS.copy())
    prior[1] = 0  # the left ear has no rule of its own
    supervised[:, :2] = False
    across, down = FLIPS
    weight = fit_affine(source, target, supervised, prior=prior, flips=FLIPS).weight
    torch.testing.assert_close(weight[:2], torch.as_tensor(WEIGHTS)[:2])
    torch.testing.assert_close(weight, weight[down][:, across])
    prior[1] = 1 / 6  # and here it contradicts that of the right ear
    weight = fit_affine(source, target, supervised, prior=prior, flips=FLIPS).weight
    torch.testing.assert_close(weight, weight[down][:, across])


def test_flips_equal_a_fit_on_every_pair_and_its_mirror_image():
    source, target, supervised = normalised(noise=0.2)
    supervised = torch.rand(supervised.shape, generator=torch.Generator().manual_seed(0)) < 0.7
    options = dict(max_iterations=1, ridge=0.3)
    fit = fit_affine(source, target, supervised, flips=FLIPS, **options).weight
    across, down = FLIPS
    twice = fit_affine(
        torch.cat([source, mirrored(source, across)]),
        torch.cat([target, mirrored(target, down)]),
        torch.cat([supervised, supervised[:, down]]),
        max_iterations=1,
        ridge=0.6,  # the sums are twice those of the mean of both
    ).weight
    torch.testing.assert_close(fit, twice, atol=1e-10, rtol=0)


def test_agrees_with_numpy_least_squares_under_the_constraint():
    source, target, supervised = normalised(noise=0.2)
    weights = torch.rand(len(source), generator=torch.Generator().manual_seed(1)).double()
    ridge = 0.3
    fit = fit_affine(
        source, target, supervised, confidence=weights, max_iterations=1, ridge=ridge
    ).weight
    # eliminate the last weight: y - x_last = (x_rest - x_last) w_rest, ridge rows below
    x = source.transpose(1, 2).reshape(-1, 6).numpy()
    root = np.sqrt(np.repeat(weights.numpy(), 2))[:, None]
    eye = np.sqrt(ridge) * np.eye(6)
    for t in range(4):
        y = target[:, t].reshape(-1, 1).numpy()
        rows = np.concatenate([root * x, eye])
        wanted = np.concatenate([root * y, eye @ np.full((6, 1), 1 / 6)])[:, 0]
        rest = np.linalg.lstsq(rows[:, :5] - rows[:, 5:], wanted - rows[:, 5], rcond=None)[0]
        np.testing.assert_allclose(fit[t].numpy(), [*rest, 1 - rest.sum()], atol=1e-9)


def test_a_target_that_nobody_supervises_gets_its_prior():
    source, target, supervised = normalised(noise=0.1)
    supervised[:, 2] = False
    target[:, 2] = torch.nan
    prior = torch.as_tensor(WEIGHTS.copy())
    fit = fit_affine(source, target, supervised, prior=prior, flips=FLIPS)
    torch.testing.assert_close(fit.weight[2], prior[2])
    assert torch.isnan(fit.spread[2]) and not torch.isnan(fit.spread[[0, 1, 3]]).any()
    prior[2] = 0  # no rule: equal weights
    equal = fit_affine(source, target, supervised, prior=prior, flips=FLIPS).weight[2]
    torch.testing.assert_close(equal, torch.full((6,), 1 / 6, dtype=torch.float64))


def test_a_strong_ridge_ends_at_the_prior():
    prior = torch.full((4, 6), 1 / 6, dtype=torch.float64)
    prior[0] = torch.tensor([1.0, 0, 0, 0, 0, 0])
    weight = fit_affine(*normalised(noise=0.1), prior=prior, ridge=1e9).weight
    torch.testing.assert_close(weight, prior, atol=1e-6, rtol=0)


def test_unsupervised_labels_influence_nothing():
    source, target, supervised = normalised(noise=0.1)
    supervised[::3, 1] = False
    supervised[::4, 3] = False
    other = target.clone()
    other[~supervised] = torch.nan
    one, two = (fit_affine(source, t, supervised, flips=FLIPS) for t in (target, other))
    assert torch.equal(one.weight, two.weight) and torch.equal(one.spread, two.spread)


@pytest.mark.parametrize('flips', [None, FLIPS])
def test_sums_in_chunks_are_the_same_sums(monkeypatch, flips):
    data = normalised(50, noise=0.2)
    whole = fit_affine(*data, flips=flips, shifts=CONSTANT[:50])
    monkeypatch.setattr(affine, 'CHUNK_NUMBERS', 7 * 36)
    parts = fit_affine(*data, flips=flips, shifts=CONSTANT[:50])
    torch.testing.assert_close(whole.weight, parts.weight, atol=1e-10, rtol=0)
    torch.testing.assert_close(whole.offset, parts.offset, atol=1e-10, rtol=0)


def test_recovers_a_shift_along_the_axes_of_the_picture():
    source, target, supervised = normalised(200, noise=0.02)
    shift = torch.tensor([[0.1, 0.0], [0.0, -0.05], [0.02, 0.03], [0.0, 0.0]], dtype=torch.float64)
    options = dict(flips=FLIPS, ridge=1e-6)
    fit = fit_affine(source, target + shift, supervised, shifts=CONSTANT, **options)
    torch.testing.assert_close(fit.offset[0], shift, atol=0.01, rtol=0)
    torch.testing.assert_close(fit.weight, torch.as_tensor(WEIGHTS), atol=0.05, rtol=0)
    without = fit_affine(source, target + shift, supervised, **options)
    assert without.offset.shape == (0, 4, 2)
    assert float(without.spread[0]) > 2 * float(fit.spread[0])


def test_tells_a_shift_in_pixels_from_one_in_sizes():
    source, target, supervised = normalised(200, noise=0.01)
    scale = torch.linspace(5, 100, 200, dtype=torch.float64)
    terms = shift_terms(scale)
    assert torch.equal(terms, torch.stack([torch.ones_like(scale), 1 / scale], dim=1))
    of_size, pixels = torch.tensor([0.05, 0.0]), torch.tensor([0.5, -0.5])
    moved = target + of_size + (pixels / scale[:, None])[:, None]
    fit = fit_affine(source, moved, supervised, shifts=terms, flips=FLIPS, ridge=1e-6)
    torch.testing.assert_close(fit.offset[0], of_size.double().expand(4, 2), atol=0.02, rtol=0)
    torch.testing.assert_close(fit.offset[1], pixels.double().expand(4, 2), atol=0.1, rtol=0)


def test_shifts_of_one_size_or_of_no_pair_are_numbers():
    source, target, supervised = normalised(60, noise=0.05)
    supervised[:, 3] = False
    terms = shift_terms(torch.full((60,), 20.0))  # the two terms are the same but for a factor
    fit = fit_affine(source, target + 0.1, supervised, shifts=terms, flips=FLIPS, ridge=1e-6)
    assert torch.isfinite(fit.offset).all() and not fit.offset[:, 3].any()
    predicted = fit.weight @ source + fit.offset[0] + fit.offset[1] / 20
    wanted = torch.as_tensor(WEIGHTS) @ source + 0.1
    away = (predicted - wanted)[:, :3].square().sum(-1).sqrt()
    assert float(away.mean()) < 0.02
