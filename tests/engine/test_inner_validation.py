"""The choice between the affine model and a network, by cross-validation inside the pairs."""

from __future__ import annotations

import numpy as np
import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.registry import MODELS  # noqa: E402
from pair_batches import SOURCE, TARGET, pair_arrays  # noqa: E402

from mmlandmark.engine.inner_validation import (  # noqa: E402
    Comparison,
    InnerValidation,
    _folds,
    compare_with_affine,
)

QUICK = InnerValidation(folds=3, steps=120, batch_size=64, lr=5e-3)


def build() -> torch.nn.Module:
    torch.manual_seed(0)
    return MODELS.build(
        dict(
            type='LandmarkConverter',
            source_schema=SOURCE,
            target_schema=TARGET,
            data_preprocessor=dict(augmentations=[dict(type='RandomKeypointFlip')]),
            head=dict(network=dict(type='residual', hidden=(64, 64))),
        )
    )


@pytest.mark.parametrize('seed', [0, 1])
def test_noise_on_an_affine_truth_is_not_learnt(seed):
    result = compare_with_affine(build(), pair_arrays(60, seed, noise=3.0), QUICK)
    assert not result.network_wins and result.num_pairs == 60
    assert 'the affine model stands alone' in str(result)


def test_a_truth_that_bends_is_learnt_from_enough_pairs():
    result = compare_with_affine(build(), pair_arrays(400, noise=0.5, bend=25.0), QUICK)
    assert result.network < 0.8 * result.affine and result.network_wins
    assert 'the network is used' in str(result)


def test_the_model_and_the_random_state_stay_as_they_were():
    model, arrays = build(), pair_arrays(30)
    state = {k: v.clone() for k, v in model.state_dict().items()}
    torch.manual_seed(3)
    first = compare_with_affine(model, arrays, InnerValidation(folds=2, steps=2))
    after = torch.rand(3)
    torch.manual_seed(3)
    assert torch.equal(after, torch.rand(3))
    assert all(torch.equal(v, state[k]) for k, v in model.state_dict().items())
    torch.manual_seed(99)  # nor does the comparison depend on it
    assert compare_with_affine(model, arrays, InnerValidation(folds=2, steps=2)) == first


def test_the_error_is_measured_where_targets_are_labelled():
    arrays = pair_arrays(40, noise=1.0)
    arrays['data_samples']['keypoints_visible'][::2, 1] = 0
    arrays['data_samples']['keypoints_visible'][5] = 0
    results = []
    for junk in (0.0, torch.nan):
        hidden = arrays['data_samples']['keypoints_visible'] == 0
        arrays['data_samples']['keypoints'][hidden] = junk
        results.append(compare_with_affine(build(), arrays, InnerValidation(folds=2, steps=2)))
    assert results[0] == results[1] and results[0].num_pairs == 39
    assert np.isfinite([results[0].network, results[0].affine]).all()


def test_pictures_are_never_split():
    groups = np.random.default_rng(0).integers(0, 20, 100)
    fold = _folds(groups, InnerValidation())
    assert set(fold) == {0, 1, 2, 3}
    assert all(len(set(fold[groups == g])) == 1 for g in np.unique(groups))
    counts = np.bincount([fold[groups == g][0] for g in np.unique(groups)])
    assert counts.max() - counts.min() <= 1


def test_pairs_of_one_picture_are_compared_all_the_same():
    arrays = pair_arrays(40, noise=3.0)
    arrays['data_samples']['img_ids'][:] = 7
    result = compare_with_affine(build(), arrays, InnerValidation(folds=2, steps=2))
    assert result.num_pairs == 40


def test_a_win_is_more_than_a_standard_error():
    assert Comparison(0.9, 1.0, 0.09, 50).network_wins
    assert not Comparison(0.9, 1.0, 0.11, 50).network_wins
