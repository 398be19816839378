"""Losses that have a value per keypoint are accepted, others refused with a reason."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.registry import KEYPOINT_CODECS, MODELS  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.models.heads.loss_reduction import encoded_rows, loss_reduction  # noqa: E402
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
