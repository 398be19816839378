"""Heads that draw and decode on the device say what they say without these options."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.registry import init_default_scope  # noqa: E402
from mmengine.structures import InstanceData  # noqa: E402
from mmpose.datasets.transforms import (  # noqa: E402
    GenerateTarget,
    GetBBoxCenterScale,
    PackPoseInputs,
    TopdownAffine,
)
from mmpose.registry import MODELS  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from models.heads.decoder_batches import KINDS, build_head, features  # noqa: E402
from models.heads.union_batches import HEADS, SIZE, build, pose_batch  # noqa: E402

LABELS = dict(type='KeypointLabels')
NAMES = ['coco', 'mpii', 'coco', 'coco', 'mpii']
FLIPS = [
    {},
    dict(flip_test=True, shift_heatmap=True),
    dict(flip_test=True, flip_mode='coordinates'),
]
LOSS, POINTS = 1e-6, 1e-3
DECODERS = ['msra', 'udp', 'combined', 'simcc', 'rtmcc']
STOCK = {'HeatmapHead': 'msra', 'SimCCHead': 'simcc', 'RTMCCHead': 'rtmcc'}


def outputs_like(codec: Any, channels: int, batch: int, seed: int = 0) -> Any:
    """Return what a trained head would give: targets with a little noise."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(batch):
        points = rng.uniform(0.1, 0.9, (1, channels, 2)) * SIZE
        encoded = codec.encode(points.astype(np.float32), np.ones((1, channels)))
        keys = (
            ('heatmaps',) if 'heatmaps' in encoded else ('keypoint_x_labels', 'keypoint_y_labels')
        )
        rows.append([encoded[key].reshape(-1, *encoded[key].shape[-2:]) for key in keys])
        if len(keys) == 2:
            rows[-1] = [part[0] for part in rows[-1]]
    parts = [np.stack(part) for part in zip(*rows, strict=True)]
    noisy = tuple(
        torch.from_numpy((part + rng.normal(0, 0.001, part.shape)).astype(np.float32))
        for part in parts
    )
    return noisy if len(noisy) == 2 else noisy[0]


def assert_same_losses(one: dict[str, Tensor], two: dict[str, Tensor]) -> None:
    assert one.keys() == two.keys() and one
    for key, value in one.items():
        torch.testing.assert_close(two[key], value, rtol=LOSS, atol=LOSS, check_dtype=False)


def assert_same_predictions(one: list[InstanceData], two: list[InstanceData]) -> None:
    for first, second in zip(one, two, strict=True):
        np.testing.assert_allclose(second.keypoints, first.keypoints, rtol=0, atol=POINTS)
        np.testing.assert_allclose(second.keypoint_scores, first.keypoint_scores, atol=LOSS)


def gradients(head: torch.nn.Module, losses: dict[str, Tensor]) -> dict[str, Tensor]:
    sum(value for key, value in losses.items() if 'loss' in key).backward()
    return {name: p.grad for name, p in head.named_parameters() if p.grad is not None}


@pytest.mark.parametrize('kind', [kind for kind in HEADS if kind != 'megvii'])
@pytest.mark.parametrize('labelled', [1.0, 0.5])
def test_a_union_head_learns_the_same(kind, labelled):
    plain, ours = build(kind), build(kind, targets='device')
    ours.load_state_dict(plain.state_dict())
    feats = (torch.randn(len(NAMES), 8, 16, 12, generator=torch.Generator().manual_seed(0)),)
    expected = plain.loss(feats, pose_batch(NAMES, HEADS[kind]['decoder'], labelled))
    found = ours.loss(feats, pose_batch(NAMES, LABELS, labelled))
    assert_same_losses(expected, found)
    wanted, given = gradients(plain, expected), gradients(ours, found)
    for name, gradient in wanted.items():
        torch.testing.assert_close(given[name], gradient, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize('kind', [kind for kind in HEADS if kind != 'megvii'])
@pytest.mark.parametrize('test_cfg', FLIPS)
def test_a_union_head_predicts_the_same(kind, test_cfg):
    plain, ours = build(kind), build(kind, decoding='device')
    maps = outputs_like(plain.decoder, plain.union.num_channels, len(NAMES))
    if test_cfg and kind == 'udp_combined' and 'flip_mode' not in test_cfg:
        test_cfg = test_cfg | dict(flip_mode='udp_combined')
    found = []
    for head in (plain, ours):
        head.forward = lambda feats: maps
        batch = pose_batch(NAMES, HEADS[kind]['decoder'])
        feats = [None, None] if test_cfg else None
        found.append(head.predict(feats, batch, test_cfg))
    assert_same_predictions(*found)


def test_predictions_come_back_in_one_copy(monkeypatch):
    head, copies = build('udp', decoding='device'), []
    maps = outputs_like(head.decoder, head.union.num_channels, len(NAMES))
    head.forward = lambda feats: maps
    batch, copy = pose_batch(NAMES, LABELS), Tensor.cpu
    monkeypatch.setattr(Tensor, 'cpu', lambda self: copies.append(self) or copy(self))
    head.predict(None, batch, {})
    assert len(copies) == 1 and copies[0].numel() == (3 * 17 + 2 * 16) * 3


@pytest.mark.parametrize('kind', DECODERS)
def test_a_head_of_several_decoders_learns_and_predicts_the_same(kind):
    plain = build_head(kind)
    ours = build_head(kind, targets='device', decoding='device')
    ours.load_state_dict(plain.state_dict())
    feats, codec = features(len(NAMES)), KINDS[kind]['decoder']
    expected = plain.loss(feats, pose_batch(NAMES, codec, 0.6))
    assert_same_losses(expected, ours.loss(feats, pose_batch(NAMES, LABELS, 0.6)))
    for test_cfg in FLIPS:
        if test_cfg and kind == 'combined' and 'flip_mode' not in test_cfg:
            continue
        found = []
        for head in (plain.eval(), ours.eval()):
            for name, decoder in head.decoders.items():
                points = head.dataset_schemas[name].num_keypoints
                decoder.forward = lambda part, d=decoder, k=points: outputs_like(
                    d.decoder, k, len(part[0])
                )
            given = [feats, feats] if test_cfg else feats
            found.append(head.predict(given, pose_batch(NAMES, codec), test_cfg))
        assert_same_predictions(*found)


def stock(kind: str, **options: Any) -> torch.nn.Module:
    config = KINDS[STOCK[kind.removeprefix('Device')]] | dict(in_channels=4, out_channels=17)
    torch.manual_seed(0)
    return MODELS.build(config | dict(type=kind) | options).eval()


@pytest.mark.parametrize('kind', STOCK)
def test_a_head_of_mmpose_is_replaced_weights_and_all(kind):
    plain, ours = stock(kind), stock(f'Device{kind}')
    ours.load_state_dict(plain.state_dict(), strict=True)
    plain.load_state_dict(ours.state_dict(), strict=True)
    feats, codec, names = features(3), KINDS[STOCK[kind]]['decoder'], ['coco'] * 3
    for labelled in (1.0, 0.4, 0.0):
        expected = plain.loss(feats, pose_batch(names, codec, labelled))
        found = ours.loss(feats, pose_batch(names, LABELS, labelled))
        assert_same_losses(expected, found)
    pipeline = stock(f'Device{kind}', targets='pipeline')
    assert_same_losses(
        plain.loss(feats, pose_batch(names, codec)), pipeline.loss(feats, pose_batch(names, codec))
    )
    maps = outputs_like(plain.decoder, 17, 3)
    for test_cfg in FLIPS[:2]:
        found = []
        for head in (plain, ours):
            head.forward = lambda feats: maps
            given = [None, None] if test_cfg else None
            found.append(head.predict(given, pose_batch(names, codec), test_cfg))
        assert_same_predictions(*found)


def test_a_step_does_not_wait_for_the_device():
    from torch.utils._python_dispatch import TorchDispatchMode

    waits = []

    class Waiting(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            if func._schema.name in ('aten::_local_scalar_dense', 'aten::nonzero', 'aten::item'):
                waits.append(func)
            return func(*args, **(kwargs or {}))

    head, batch = stock('DeviceHeatmapHead'), pose_batch(['coco'] * 3, LABELS, 0.5)
    feats = features(3)
    with Waiting():
        head.loss(feats, batch)
    assert not waits
    with Waiting():
        torch.ones(2).sum().item()
    assert waits


def test_settings_that_do_not_fit_name_the_line_to_change():
    codec, feats = KINDS['msra']['decoder'], features(2)
    rendered, labels = pose_batch(['coco'] * 2, codec), pose_batch(['coco'] * 2, LABELS)
    with pytest.raises(LandmarkError, match=r"encoder=dict\(type='KeypointLabels'\)"):
        stock('DeviceHeatmapHead').loss(feats, rendered)
    with pytest.raises(LandmarkError, match="set targets='device' in the head"):
        stock('DeviceHeatmapHead', targets='pipeline').loss(feats, labels)
    union = (torch.randn(2, 8, 16, 12),)
    with pytest.raises(LandmarkError, match=r"UnionHeatmapHead.*type='KeypointLabels'"):
        build('msra', targets='device').loss(union, rendered)
    with pytest.raises(LandmarkError, match="UnionHeatmapHead.*set targets='device'"):
        build('msra').loss(union, labels)
    with pytest.raises(LandmarkError, match=r"MultiDecoderHead.*type='KeypointLabels'"):
        build_head(targets='device').loss(feats, rendered)
    with pytest.raises(LandmarkError, match="MultiDecoderHead.*set targets='device'"):
        build_head().loss(feats, labels)


@pytest.mark.parametrize('option', ['targets', 'decoding'])
def test_unknown_options_and_codecs_are_refused(option):
    with pytest.raises(LandmarkError, match=f"{option} is 'devise' .did you mean 'device'"):
        build('msra', **{option: 'devise'})
    with pytest.raises(LandmarkError, match=f"{option} is 'devise' .did you mean 'device'"):
        build_head(**{option: 'devise'})
    with pytest.raises(LandmarkError, match='decoder is MegviiHeatmap'):
        build('megvii', **{option: 'device'})
    with pytest.raises(LandmarkError, match='MegviiHeatmap'):
        build_head('megvii', **{option: 'device'})


def test_a_udp_pipeline_from_the_picture_on():
    init_default_scope('mmpose')
    codec = KINDS['udp']['decoder']
    rng = np.random.default_rng(0)

    def sample(encoder: dict) -> Any:
        results = dict(
            img=np.zeros((120, 100, 3), dtype=np.uint8),
            img_shape=(120, 100),
            bbox=np.array([[10, 5, 90, 110]], dtype=np.float32),
            bbox_score=np.ones(1, dtype=np.float32),
            keypoints=points.copy(),
            keypoints_visible=visible.copy(),
            dataset_keypoint_weights=np.ones(17, dtype=np.float32),
        )
        steps = (
            GetBBoxCenterScale(),
            TopdownAffine(input_size=SIZE, use_udp=True),
            GenerateTarget(encoder),
            PackPoseInputs(meta_keys=()),
        )
        for step in steps:
            results = step(results)
        return results['data_samples']

    points = rng.uniform(-10, 130, (1, 17, 2)).astype(np.float32)
    visible = (rng.uniform(size=(1, 17)) < 0.8).astype(np.float32)
    options = dict(loss=KINDS['udp']['loss'], decoder=codec)
    plain, ours = stock('HeatmapHead', **options), stock('DeviceHeatmapHead', **options)
    ours.load_state_dict(plain.state_dict())
    feats = features(1)
    expected = plain.loss(feats, [sample(dict(codec))])
    assert_same_losses(expected, ours.loss(feats, [sample(dict(LABELS))]))
