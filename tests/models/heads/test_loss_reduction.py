"""Losses that have a value per keypoint are accepted, others refused with a reason."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.registry import KEYPOINT_CODECS, MODELS  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.models.heads.loss_reduction import (  # noqa: E402
    encoded_rows,
    loss_reduction,
    masked_reduction,
)
from mmlandmark.models.heads.row_losses import sum_over_rows  # noqa: E402
from models.heads.union_batches import CODECS, SIMCC_CODECS  # noqa: E402


def reduction(loss: dict, codec: dict | None, simcc: bool = False) -> str:
    built = None if codec is None else KEYPOINT_CODECS.build(dict(codec))
    return loss_reduction(MODELS.build(loss), built, 'a head', simcc)


@pytest.mark.parametrize('codec', ['msra', 'udp', 'megvii'])
@pytest.mark.parametrize('weighted', [True, False])
def test_mse_is_a_mean(codec, weighted):
    loss = dict(type='KeypointMSELoss', use_target_weight=weighted)
    assert reduction(loss, CODECS[codec]) == 'mean'
    assert reduction(loss, None) == 'mean'


def test_other_map_losses():
    wing = dict(type='AdaptiveWingLoss', use_target_weight=True)
    assert reduction(wing, CODECS['msra']) == 'mean'
    combined = dict(type='CombinedTargetMSELoss', use_target_weight=True)
    assert reduction(combined, CODECS['udp_combined']) == 'mean'


@pytest.mark.parametrize('codec', SIMCC_CODECS)
def test_the_simcc_loss_of_mmpose_is_a_sum_over_samples(codec):
    loss = dict(type='KLDiscretLoss', beta=10.0, label_softmax=True)
    assert reduction(loss, SIMCC_CODECS[codec], simcc=True) == 'sum'
    assert reduction(loss, None, simcc=True) == 'sum'


@pytest.mark.parametrize('topk', [1, 8])
def test_hard_keypoint_mining_is_refused(topk):
    loss = dict(type='KeypointOHKMMSELoss', use_target_weight=True, topk=topk)
    with pytest.raises(LandmarkError, match=r'a head: KeypointOHKMMSELoss (is not|has no value)'):
        reduction(loss, CODECS['msra'])


def test_losses_that_know_positions_or_do_not_fit_the_codec_are_refused():
    with pytest.raises(LandmarkError, match='KLDiscretLoss is not a mean over keypoints'):
        reduction(dict(type='KLDiscretLoss', mask=[0], mask_weight=0.5), None, simcc=True)
    with pytest.raises(LandmarkError, match='FocalHeatmapLoss is not a mean over keypoints'):
        focal = dict(type='FocalHeatmapLoss', use_target_weight=True)
        reduction(focal, CODECS['udp'])
    with pytest.raises(LandmarkError, match='labels of UDPHeatmap'):
        reduction(dict(type='KeypointMSELoss', use_target_weight=True), CODECS['udp_combined'])


def test_what_a_codec_makes_of_a_keypoint():
    shapes = {
        name: encoded_rows(KEYPOINT_CODECS.build(dict(c)))[0].shape for name, c in CODECS.items()
    }
    assert shapes.pop('udp_combined') == (2, 3, 16, 12)
    assert set(shapes.values()) == {torch.Size((2, 1, 16, 12))}
    simcc = KEYPOINT_CODECS.build(dict(SIMCC_CODECS['standard']))
    assert [tuple(row.shape) for row in encoded_rows(simcc, simcc=True)] == [
        (2, 1, 96),
        (2, 1, 128),
    ]
    with pytest.raises(LandmarkError, match='SimCCLabel gives .* expected heatmaps'):
        encoded_rows(simcc)


def test_random_numbers_of_the_program_are_left_alone():
    torch.manual_seed(3)
    first = torch.rand(1)
    torch.manual_seed(3)
    reduction(dict(type='KeypointMSELoss'), None)
    assert torch.equal(torch.rand(1), first)


class PlusOne(torch.nn.Module):
    """A mean over keypoints that is not zero where both sides are."""

    def forward(self, output: torch.Tensor, target: torch.Tensor, weights: torch.Tensor):
        return (output - target).square().mean() + weights.mean() * 0 + 1


LOSSES = {
    'mse': (dict(type='KeypointMSELoss', use_target_weight=True), 'msra', 'mean'),
    'unweighted': (dict(type='KeypointMSELoss'), 'msra', 'mean'),
    'balanced': (dict(type='BalancedHeatmapLoss'), 'msra', 'supervised'),
    'wing': (dict(type='AdaptiveWingLoss', use_target_weight=True), 'udp', 'mean'),
    'combined': (
        dict(type='CombinedTargetMSELoss', use_target_weight=True),
        'udp_combined',
        'mean',
    ),
    'kl': (dict(type='KLDiscretLoss', use_target_weight=True), 'gaussian', 'sum'),
}


@pytest.mark.parametrize('name', LOSSES)
def test_blank_rows_leave_the_sum_of_the_others(name):
    """The sum over masked rows, and its gradient, are those over the rows that are left."""
    loss, codec, expected = LOSSES[name]
    simcc, loss = codec in SIMCC_CODECS, MODELS.build(loss)
    built = KEYPOINT_CODECS.build(dict((SIMCC_CODECS if simcc else CODECS)[codec]))
    settings = loss, built, 'a head', simcc
    kind = loss_reduction(*settings)
    masked = masked_reduction(kind, *settings)
    assert masked == expected
    rng = torch.Generator().manual_seed(0)
    target = tuple(row[[0, 1, 0, 1, 1]].clone() for row in encoded_rows(built, simcc))
    mask, weights = torch.tensor([1, 0, 1, 0, 1]).bool(), torch.tensor([1.0, 0, 0.5, 0, 2])
    pred = tuple(torch.rand(row.shape, generator=rng) for row in target)
    chosen = tuple(row[mask].requires_grad_() for row in pred)
    rows = tuple(row[mask] for row in target)
    wanted = sum_over_rows(loss, kind, chosen, rows, weights[mask])
    wanted.backward()
    for row, blank in zip(pred, target, strict=True):
        row[1], blank[~mask] = torch.nan, 0
        row.requires_grad_()
    found = sum_over_rows(loss, masked, pred, target, weights, mask)
    found.backward()
    torch.testing.assert_close(found, wanted)
    for row, part in zip(pred, chosen, strict=True):
        torch.testing.assert_close(row.grad[mask], part.grad)
        assert not row.grad[~mask].any()


def test_a_loss_of_blank_rows_is_refused():
    built = KEYPOINT_CODECS.build(dict(CODECS['msra']))
    with pytest.raises(LandmarkError, match="PlusOne is not zero.*set targets='pipeline'"):
        masked_reduction('mean', PlusOne(), built, 'a head')
