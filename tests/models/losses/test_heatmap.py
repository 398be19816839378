"""The balanced loss of heatmaps: by hand, the mask, and where it can stand."""

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
from mmlandmark.models.losses import BalancedHeatmapLoss  # noqa: E402
from models.heads.union_batches import CODECS, DATASETS, pose_batch  # noqa: E402


def maps(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def test_values_by_hand() -> None:
    target = torch.tensor([[[[1.0, 0.5, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]]])
    output = torch.tensor([[[[0.0, 0.5, 2.0, 0.0], [0.0, 0.0, 0.0, 1.0]]]])
    # foreground: two pixels, errors 1 and 0; background: six, squared errors 4 and 1
    assert float(BalancedHeatmapLoss()(output, target)) == pytest.approx(0.5 * 0.5 + 0.5 * 5 / 6)
    assert float(BalancedHeatmapLoss(0.8)(output, target)) == pytest.approx(0.8 * 0.5 + 0.2 * 5 / 6)
    assert float(BalancedHeatmapLoss(1.0)(output, target)) == pytest.approx(0.5)
    # 0.5 is background now: one pixel of foreground, seven of background
    loss = BalancedHeatmapLoss(threshold=0.5, loss_weight=10.0)
    assert float(loss(output, target)) == pytest.approx(10 * (0.5 + 0.5 * 5 / 7))


@pytest.mark.parametrize('size', [16, 64])
@pytest.mark.parametrize('sigma', [1.0, 2.0])
def test_a_blank_map_is_as_wrong_as_full_foreground_whatever_the_size(size, sigma) -> None:
    grid = torch.arange(size) - size // 2
    distance = grid[:, None] ** 2 + grid[None] ** 2
    target = torch.exp(-distance / (2 * sigma**2))[None, None]
    target[target < 0.011] = 0
    blank = torch.zeros_like(target)
    squares = target[target > 0].square().mean()
    assert float(BalancedHeatmapLoss()(blank, target)) == pytest.approx(float(squares) / 2)
    plain = MODELS.build(dict(type='KeypointMSELoss'))
    # which the plain loss thins out by the empty pixels
    assert float(plain(blank, target)) < float(squares) * 0.7


def test_a_map_without_foreground_has_the_loss_of_its_background() -> None:
    output, blank = maps(2, 3, 8, 8), torch.zeros(2, 3, 8, 8)
    expected = 0.25 * float(output.square().mean())
    assert float(BalancedHeatmapLoss(0.75)(output, blank)) == pytest.approx(expected)


def test_it_is_the_mean_over_supervised_keypoints_and_nothing_else_reaches_it() -> None:
    target, weights = maps(4, 5, 8, 6, seed=1), (maps(4, 5) > 0.5).float()
    output = maps(4, 5, 8, 6, seed=2).requires_grad_()
    loss = BalancedHeatmapLoss()
    each = torch.stack([loss(o[None, None], t[None, None]) for o, t in rows(output, target)])
    on = weights.flatten() > 0
    assert 0 < on.sum() < 20
    hidden = torch.where(weights[..., None, None] > 0, target, math.nan)
    value = loss(output, hidden, weights)
    torch.testing.assert_close(value, each[on].mean())
    value.backward()
    gradient = output.grad.flatten(0, 1)
    assert not gradient[~on].any() and (gradient[on] != 0).any(dim=(1, 2)).all()


def rows(*parts: torch.Tensor):
    return zip(*(part.flatten(0, 1) for part in parts), strict=True)


def test_target_weights_multiply_where_they_shall() -> None:
    output, target = maps(1, 2, 8, 8), maps(1, 2, 8, 8, seed=1)
    weights = torch.tensor([[1.0, 0.25]])
    one, two = (float(BalancedHeatmapLoss()(output[:, [k]], target[:, [k]])) for k in (0, 1))
    found = [float(BalancedHeatmapLoss(use_target_weight=on)(output, target, weights)) for on in
             (True, False)]  # fmt: skip
    assert found == pytest.approx([(one + two / 4) / 2, (one + two) / 2])


def test_nothing_supervised_is_a_zero_that_reaches_every_weight() -> None:
    output = maps(1, 2, 4, 4).requires_grad_()
    value = BalancedHeatmapLoss()(output, torch.full((1, 2, 4, 4), math.nan), torch.zeros(1, 2))
    value.backward()
    assert value.item() == 0 and not output.grad.any()


def test_it_is_computed_in_single_precision() -> None:
    """A squared error of 1e-4 is nothing in half precision."""
    output, target = torch.full((1, 1, 64, 64), 1e-4), torch.zeros(1, 1, 64, 64)
    value = BalancedHeatmapLoss()(output.half(), target)
    assert value.dtype == torch.float32 and float(value) == pytest.approx(0.5e-8, rel=1e-2)


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (dict(foreground_share=1.5), 'foreground_share is 1.5'),
        (dict(foreground_share=float('nan')), 'foreground_share is nan'),
        (dict(threshold=1), 'threshold is 1'),
        (dict(threshold=-0.1), 'threshold is -0.1'),
    ],
)
def test_options_that_are_refused(options: dict, words: str) -> None:
    with pytest.raises(LandmarkError, match=words):
        BalancedHeatmapLoss(**options)


def head(kind: str, loss: dict, codec: str = 'udp', **options) -> torch.nn.Module:
    torch.manual_seed(0)
    settings = dict(in_channels=8, deconv_out_channels=None, decoder=CODECS[codec], loss=loss)
    return MODELS.build(dict(type=kind, **settings, **options))


BALANCED = dict(type='BalancedHeatmapLoss')
UNION = dict(union='union21', datasets=DATASETS)


def test_both_heads_take_it_and_agree() -> None:
    batch = pose_batch(['coco'] * 3, CODECS['udp'], labelled=0.6)
    feats = (maps(3, 8, 16, 12),)
    plain = head('HeatmapHead', BALANCED, out_channels=17)
    union = head('UnionHeatmapHead', BALANCED, union=dict(members=['coco17']),
                 datasets=dict(coco='coco17'))  # fmt: skip
    union.load_state_dict(plain.state_dict())
    weights = torch.cat([s.gt_instance_labels.keypoint_weights for s in batch])
    assert 0 < (weights > 0).sum() < weights.numel()
    one = plain.loss(feats, batch)['loss_kpt']
    two = union.loss(feats, batch)['loss_kpt/coco']
    torch.testing.assert_close(one, two)
    assert float(one) > 0


def test_adaptive_wing_is_another_option() -> None:
    wing = dict(type='AdaptiveWingLoss', use_target_weight=True)
    batch = pose_batch(['coco', 'mpii'], CODECS['udp'])
    losses = head('UnionHeatmapHead', wing, **UNION).loss((maps(2, 8, 16, 12),), batch)
    assert all(np.isfinite(float(v)) and float(v) > 0 for k, v in losses.items() if 'loss' in k)


@pytest.mark.parametrize(
    ('loss', 'codec'),
    [
        # takes logarithms of maps that are no probabilities, and counts by peaks of exactly 1
        (dict(type='FocalHeatmapLoss', use_target_weight=True), 'udp'),
        (BALANCED, 'udp_combined'),
    ],
)
def test_losses_that_do_not_fit_are_said_at_once(loss: dict, codec: str) -> None:
    with pytest.raises(LandmarkError, match=f'{loss["type"]} (is not a mean|has no value)'):
        head('UnionHeatmapHead', loss, codec, **UNION)
