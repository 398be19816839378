"""Filling in missing points, against slow solves and a closed form."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pair_batches import source_points

from mmlandmark.geometry import similarity_transform
from mmlandmark.models.converters import complete_points, fit_variogram, kriging

POINTS = torch.as_tensor(source_points(80))
ALL = torch.ones(80, 6, dtype=torch.bool)
VARIOGRAM = fit_variogram(POINTS, ALL)


def random_masks(num: int, points: int, seed: int = 0, least: int = 1) -> torch.Tensor:
    """(N, K) bool with at least so many present points."""
    rng = np.random.default_rng(seed)
    masks = rng.random((num, points)) < rng.uniform(0.2, 1, (num, 1))
    order = rng.random((num, points)).argsort(1)
    masks[np.arange(num)[:, None], order[:, :least]] = True
    return torch.as_tensor(masks)


def slow_completion(points: np.ndarray, present: np.ndarray, variogram: np.ndarray) -> np.ndarray:
    """One instance, one missing point after the other."""
    here = np.flatnonzero(present)
    system = np.ones((len(here) + 1, len(here) + 1))
    nugget = kriging.NUGGET * variogram.mean() * np.eye(len(here))
    system[:-1, :-1] = nugget - variogram[np.ix_(here, here)] / 2
    system[-1, -1] = 0
    completed = points.copy()
    for k in np.flatnonzero(~present):
        right = np.append(-variogram[here, k] / 2, 1)
        completed[k] = np.linalg.solve(system, right)[:-1] @ points[here]
    return completed


def test_the_variogram_measures_mean_squared_distances():
    center = POINTS.mean(1, keepdim=True)
    size = (POINTS - center).square().sum((1, 2))
    distance = torch.cdist(POINTS, POINTS).square() / size[:, None, None]
    wanted = distance.mean(0)
    torch.testing.assert_close(VARIOGRAM / VARIOGRAM.mean(), wanted / wanted.mean())
    assert (
        torch.equal(VARIOGRAM, VARIOGRAM.T) or float((VARIOGRAM - VARIOGRAM.T).abs().max()) < 1e-9
    )
    assert not VARIOGRAM.diagonal().any()


def test_the_variogram_of_incomplete_instances_is_nearly_that_of_complete_ones():
    points = torch.as_tensor(source_points(2000, seed=5))
    masks = random_masks(2000, 6, least=3)
    whole = fit_variogram(points, torch.ones_like(masks))
    partial = fit_variogram(torch.where(masks[..., None], points, torch.nan), masks)
    ratio = (partial / partial.mean()) / (whole / whole.mean()).fill_diagonal_(1)
    assert float((ratio.fill_diagonal_(1) - 1).abs().max()) < 0.1


def test_a_pair_that_no_instance_has_counts_as_the_furthest():
    masks = ALL.clone()
    masks[::2, 0] = False
    masks[1::2, 5] = False
    variogram = fit_variogram(POINTS, masks)
    torch.testing.assert_close(variogram[0, 5], variogram.max())


def test_weights_sum_to_one_and_lie_on_present_points_only():
    masks = random_masks(64, 6)
    # what becomes of each point's own axis is its weight
    axes = torch.eye(6, dtype=torch.float64).expand(64, 6, 6)
    weights = complete_points(axes, masks, VARIOGRAM)
    torch.testing.assert_close(weights.sum(2), torch.ones(64, 6, dtype=torch.float64))
    assert float((weights * ~masks[:, None]).abs().max()) < 1e-12


def test_labelled_points_stay_and_unlabelled_ones_influence_nothing():
    masks = random_masks(80, 6)
    completed = complete_points(POINTS, masks, VARIOGRAM)
    assert torch.equal(completed[masks], POINTS[masks])
    spoilt = torch.where(masks[..., None], POINTS, torch.nan)
    assert torch.equal(complete_points(spoilt, masks, VARIOGRAM), completed)
    whole = complete_points(POINTS, ALL, VARIOGRAM)
    assert torch.equal(whole, POINTS)


@settings(max_examples=20, deadline=None)
@given(st.floats(-3.2, 3.2), st.floats(0.2, 5), st.floats(-1000, 1000), st.integers(0, 1000))
def test_commutes_with_similarity(angle, scale, shift, seed):
    masks = random_masks(80, 6, seed)
    options = dict(rotation=angle, scale=scale, translation=torch.tensor([shift, -shift]))
    moved = complete_points(similarity_transform(POINTS, **options), masks, VARIOGRAM)
    wanted = similarity_transform(complete_points(POINTS, masks, VARIOGRAM), **options)
    torch.testing.assert_close(moved, wanted, atol=1e-6, rtol=1e-9)


def test_agrees_with_one_solve_per_missing_point():
    masks = random_masks(40, 6)
    completed = complete_points(POINTS[:40], masks, VARIOGRAM).numpy()
    for i in range(40):
        wanted = slow_completion(POINTS[i].numpy(), masks[i].numpy(), VARIOGRAM.numpy())
        np.testing.assert_allclose(completed[i], wanted, atol=1e-8)


def test_is_the_conditional_mean_of_a_gaussian_that_may_lie_anywhere(monkeypatch):
    monkeypatch.setattr(kriging, 'NUGGET', 0.0)
    rng = np.random.default_rng(0)
    root = rng.normal(size=(6, 6))
    covariance = root @ root.T
    spread = covariance.diagonal()
    variogram = 2 * (spread[:, None] + spread - 2 * covariance)  # x and y
    anywhere = covariance + 1e7  # the whole instance lies 3000 units off, in any direction
    points = rng.normal(size=(1, 6, 2)) + 50
    present = np.array([True, False, True, True, False, True])
    cross = anywhere[np.ix_(~present, present)]
    wanted = cross @ np.linalg.solve(anywhere[np.ix_(present, present)], points[0, present])
    completed = complete_points(
        torch.as_tensor(points), torch.as_tensor(present[None]), torch.as_tensor(variogram)
    )
    np.testing.assert_allclose(completed[0, ~present].numpy(), wanted, atol=1e-3)


def test_an_instance_without_labelled_points_gives_zeros():
    masks = ALL.clone()
    masks[3] = False
    spoilt = torch.where(masks[..., None], POINTS, torch.nan)
    completed = complete_points(spoilt, masks, VARIOGRAM)
    assert not completed[3].any() and torch.equal(completed[4], POINTS[4])


def test_large_batches_are_completed_in_parts(monkeypatch):
    masks = random_masks(80, 6)
    whole = complete_points(POINTS, masks, VARIOGRAM)
    monkeypatch.setattr(kriging, 'CHUNK_NUMBERS', 11 * 36)
    torch.testing.assert_close(complete_points(POINTS, masks, VARIOGRAM), whole)


@pytest.mark.parametrize('least', [3, 6])
def test_never_wild_on_real_bodies(shared_data, least):
    path = shared_data / 'body_coco17_mpii16' / 'val.json'
    annotations = json.loads(path.read_text())['annotations']
    flat = np.array([a['keypoints'] for a in annotations], dtype=float).reshape(-1, 17, 3)
    points, seen = torch.as_tensor(flat[..., :2]), torch.as_tensor(flat[..., 2] > 0)
    keep = seen.sum(1) > least
    points, seen = points[keep], seen[keep]
    variogram = fit_variogram(points, seen)
    for seed in range(3):
        masks = seen & random_masks(len(points), 17, seed)
        masks = torch.where((masks.sum(1) >= least)[:, None], masks, seen)
        completed = complete_points(points, masks, variogram)
        assert torch.isfinite(completed).all()
        center = _centroid(points, masks)
        size = _distance(points, _centroid(points, seen)).square()
        size = (torch.where(seen, size, 0.0).sum(1) / seen.sum(1)).sqrt()[:, None]
        away = torch.where(masks, 0.0, _distance(completed, center) / size)
        assert float(away.max()) < 4
        assert float(away[~masks].median()) < 1.5


def _centroid(points: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
    total = torch.where(masks[..., None], points, 0.0).sum(1, keepdim=True)
    return total / masks.sum(1)[:, None, None]


def _distance(points: torch.Tensor, center: torch.Tensor) -> torch.Tensor:
    return (points - center).square().sum(-1).sqrt()
