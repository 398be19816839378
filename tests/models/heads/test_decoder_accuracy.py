"""Accuracies of several decoders at once are those of each alone."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmlandmark.models.heads.accuracy import row_accuracy  # noqa: E402
from mmlandmark.models.heads.decoder_accuracy import Scored, decoder_accuracies  # noqa: E402
from mmlandmark.models.heads.supervision import Labels  # noqa: E402


def scored(num_samples: int, num_keypoints: int, share: float, shape: tuple, seed: int) -> Scored:
    generator = torch.Generator().manual_seed(seed)
    kept = torch.rand(num_samples * num_keypoints, generator=generator) < share
    index = torch.nonzero(kept)[:, 0]
    target = torch.rand((len(index), *shape), generator=generator)
    moved = torch.rand(len(index), generator=generator) < 0.4
    pred = torch.where(moved[:, None, None, None], target.flip(-1), target).requires_grad_()
    labels = Labels((target,), torch.ones(len(index)), index, num_samples, num_keypoints)
    return Scored((pred,), labels)


def alone(one: Scored) -> torch.Tensor | None:
    labels = one.labels
    return row_accuracy(one.pred, labels.targets, labels.keypoints(), labels.num_keypoints)


@pytest.mark.parametrize('sizes', [((8, 6), (8, 6), (8, 6)), ((8, 6), (8, 8), (8, 6))])
def test_together_as_alone(sizes):
    kinds = dict(coco=(5, 17, 0.7), aic=(3, 14, 0.1), mpii=(4, 16, 1.0))
    given = {
        name: scored(*kind, (1, *size), seed)
        for seed, ((name, kind), size) in enumerate(zip(kinds.items(), sizes, strict=True))
    }
    given['unlabelled'] = scored(3, 5, 0.0, (1, 8, 6), 9)
    found = decoder_accuracies(given)
    assert list(found) == [f'acc_pose/{name}' for name in kinds]
    for name in kinds:
        value = found[f'acc_pose/{name}']
        assert 0 < float(value) < 1 and not value.requires_grad
        torch.testing.assert_close(value, alone(given[name]))


def test_none_where_there_is_none():
    assert decoder_accuracies({}) == {}
    assert decoder_accuracies(dict(coco=scored(2, 3, 0.0, (1, 8, 6), 0))) == {}
    assert decoder_accuracies(dict(coco=scored(2, 3, 1.0, (3, 8, 6), 0))) == {}
