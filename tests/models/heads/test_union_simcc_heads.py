"""Union heads for SimCC and RTMPose: what they train is MMPose's loss, counted by keypoint."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.evaluation.functional import simcc_pck_accuracy  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.schemas import get_union  # noqa: E402
from models.heads.union_batches import (  # noqa: E402
    DATASETS,
    HEADS,
    SIMCC_CODECS,
    build,
    pose_batch,
)

UNION = get_union('union21')
KL = dict(type='KLDiscretLoss', beta=10.0, label_softmax=True)


def total(losses: dict[str, torch.Tensor]) -> torch.Tensor:
    return sum(value for key, value in losses.items() if 'loss' in key)


def vectors_of(head: Any, batch: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Put fixed vectors, leaves, in place of what the head computes."""
    rng = torch.Generator().manual_seed(1)
    pair = tuple(torch.rand(batch, 21, n, generator=rng).requires_grad_() for n in (96, 128))
    head.forward = lambda feats: pair
    return pair


@pytest.mark.parametrize('kind', ['simcc', 'rtmcc'])
@pytest.mark.parametrize('codec', SIMCC_CODECS)
def test_with_everything_labelled_it_is_the_loss_of_mmpose_per_sample(kind, codec):
    options = dict(decoder=SIMCC_CODECS[codec], loss=KL)
    head = build(kind, datasets=dict(all='union'), **options)
    base = {k: v for k, v in HEADS[kind].items() if k != 'type'} | dict(in_channels=8) | options
    base |= {} if kind == 'rtmcc' else dict(deconv_out_channels=None)
    name = dict(simcc='SimCCHead', rtmcc='RTMCCHead')[kind]
    plain = MODELS.build(dict(type=name, out_channels=21, **base))
    plain.load_state_dict({k: v for k, v in head.state_dict().items() if 'record' not in k})
    batch = pose_batch(['all'] * 3, SIMCC_CODECS[codec], schemas=dict(all=UNION.schema))
    feats = (torch.randn(3, 8, 16, 12),)
    found, expected = head.loss(feats, batch), plain.loss(feats, batch)
    # MMPose sums over the samples, so that its value grows with the batch
    torch.testing.assert_close(found['loss_kpt/all'] * 3, expected['loss_kpt'])
    assert float(found['acc_pose/all']) == pytest.approx(float(expected['acc_pose']), abs=1e-6)


@pytest.mark.parametrize('codec', SIMCC_CODECS)
def test_a_mixed_batch_is_the_mean_over_its_supervised_keypoints(codec):
    names = ['coco', 'mpii', 'mpii']
    head = build('simcc', decoder=SIMCC_CODECS[codec], loss=KL, dataset_weights=dict(mpii=2.0))
    x, y = vectors_of(head, 3)
    batch = pose_batch(names, SIMCC_CODECS[codec], 0.6)
    losses = head.loss((), batch)
    total(losses).backward()
    losses = {key: value.detach() for key, value in losses.items()}
    module, sums, count = MODELS.build(KL), dict(coco=0.0, mpii=0.0), 0
    supervised = torch.zeros(3, 21, dtype=torch.bool)
    for i, (name, sample) in enumerate(zip(names, batch, strict=True)):
        labels = sample.gt_instance_labels
        for k in labels.keypoint_weights[0].nonzero()[:, 0].tolist():
            channel = int(UNION.channel_indices(DATASETS[name])[k])
            supervised[i, channel] = True
            pred = tuple(part[i, channel][None, None] for part in (x, y))
            target = (labels.keypoint_x_labels[:, k, None], labels.keypoint_y_labels[:, k, None])
            sums[name] += float(module(pred, target, torch.ones(1, 1)).detach())
            count += 1
    assert float(losses['loss_kpt/coco']) == pytest.approx(sums['coco'] / count, rel=1e-5)
    assert float(losses['loss_kpt/mpii']) == pytest.approx(2 * sums['mpii'] / count, rel=1e-5)
    for part in (x, y):
        assert torch.equal(part.grad.abs().sum(-1) > 0, supervised)


def test_accuracy_per_data_set():
    names, codec = ['coco', 'mpii', 'coco'], SIMCC_CODECS['gaussian']
    head, batch = build('simcc'), pose_batch(names, codec, 0.7)
    pair = [part.detach() for part in vectors_of(head, 3)]
    for i, name in enumerate(names[:2]):  # one sample of each is right
        channels = UNION.channel_indices(DATASETS[name]).tolist()
        labels = batch[i].gt_instance_labels
        pair[0][i, channels] = labels.keypoint_x_labels[0]
        pair[1][i, channels] = labels.keypoint_y_labels[0]
    head.forward = lambda feats: tuple(pair)
    found = head.loss((), batch)
    for name, samples in dict(coco=[0, 2], mpii=[1]).items():
        channels = UNION.channel_indices(DATASETS[name]).tolist()
        labels = [batch[i].gt_instance_labels for i in samples]
        pred = [np.stack([part[i, channels].numpy() for i in samples]) for part in pair]
        target = [
            np.concatenate([getattr(label, key).numpy() for label in labels])
            for key in ('keypoint_x_labels', 'keypoint_y_labels')
        ]
        mask = np.concatenate([label.keypoint_weights.numpy() for label in labels]) > 0
        expected = simcc_pck_accuracy(pred, target, 2.0, mask)[1]
        assert expected > 0
        assert float(found[f'acc_pose/{name}']) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize('kind', ['simcc', 'rtmcc'])
def test_nothing_labelled_is_a_zero_that_reaches_every_parameter(kind):
    head = build(kind)
    batch = pose_batch(['coco', 'mpii'], SIMCC_CODECS['gaussian'], 0.0)
    total(head.loss((torch.randn(2, 8, 16, 12),), batch)).backward()
    assert all(p.grad is not None and not p.grad.any() for p in head.parameters())


def test_settings_that_are_refused():
    with pytest.raises(LandmarkError, match='UnionSimCCHead: out_channels follows'):
        build('simcc', out_channels=17)
    with pytest.raises(LandmarkError, match='UnionRTMCCHead: absent_weight needs blank maps'):
        build('rtmcc', absent_weight=0.1)
    with pytest.raises(LandmarkError, match='UnionRTMCCHead: KLDiscretLoss is not a mean'):
        build('rtmcc', loss=KL | dict(mask=[0], mask_weight=2.0))
    with pytest.raises(LandmarkError, match='MSRAHeatmap gives heatmaps'):
        maps = dict(type='MSRAHeatmap', input_size=(48, 64), heatmap_size=(12, 16), sigma=2)
        build('simcc', decoder=maps)
