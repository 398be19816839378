"""Two ways to fill in missing points."""

from __future__ import annotations

import pytest
import torch
from pair_batches import SOURCE, source_points

from mmlandmark.errors import LandmarkError
from mmlandmark.geometry import flip_points, similarity_transform
from mmlandmark.models.converters import complete_points
from mmlandmark.models.converters.completion import METHODS, Completion

POINTS = torch.as_tensor(source_points(200))
SEEN = torch.rand(200, 6, generator=torch.Generator().manual_seed(0)) < 0.7
SEEN[:, :2] = True


def fitted(method: str) -> Completion:
    completion = Completion(6, method)
    completion.fit(torch.where(SEEN[..., None], POINTS, torch.nan), SEEN)
    return completion


@pytest.mark.parametrize('method', METHODS)
def test_labelled_points_stay_and_unlabelled_ones_influence_nothing(method):
    completion = fitted(method)
    complete = completion(POINTS, SEEN)
    assert torch.equal(complete[SEEN], POINTS[SEEN])
    spoilt = torch.where(SEEN[..., None], POINTS, torch.nan)
    assert torch.equal(completion(spoilt, SEEN), complete)


def test_kriging_is_the_completion_by_the_fitted_variogram():
    completion = fitted('kriging')
    wanted = complete_points(POINTS, SEEN, completion.variogram)
    assert torch.equal(completion(POINTS, SEEN), wanted)


def test_kriging_comes_nearer_than_the_mean_shape():
    turned = similarity_transform(POINTS, rotation=torch.linspace(-1, 1, 200))
    hidden = ~SEEN
    errors = {}
    for method in METHODS:
        completion = Completion(6, method)
        completion.fit(turned, torch.ones_like(SEEN))
        away = (completion(turned, SEEN) - turned).square().sum(-1).sqrt()
        errors[method] = float(away[hidden].mean())
    assert errors['kriging'] < 0.8 * errors['mean']


def test_the_mean_shape_lies_where_the_labelled_points_are():
    completion = Completion(6, 'mean')
    completion.fit(POINTS, torch.ones_like(SEEN))
    shape = completion.mean_shape
    torch.testing.assert_close(shape.mean(0), torch.zeros(2).double(), atol=1e-9, rtol=0)
    only = torch.zeros(1, 6, dtype=torch.bool)
    only[0, :2] = True
    two = torch.tensor([[[10.0, 5.0], [20.0, 5.0]] + [[torch.nan] * 2] * 4]).double()
    wanted = torch.tensor([15.0, 5.0]) + 5 * shape
    torch.testing.assert_close(completion(two, only)[0, 2:], wanted[2:])


@pytest.mark.parametrize('method', METHODS)
def test_with_flip_indices_it_commutes_with_the_flip(method):
    flip, completion = SOURCE.flip_indices, Completion(6, method)
    completion.fit(POINTS, SEEN, torch.as_tensor(flip))
    one = flip_points(completion(POINTS, SEEN), flip)
    two = completion(flip_points(POINTS, flip), SEEN[:, flip])
    torch.testing.assert_close(one, two)


def test_an_unknown_method_is_named():
    with pytest.raises(LandmarkError, match="'zero', expected one of"):
        Completion(6, 'zero')
