"""Targets drawn and outputs decoded for a whole batch are those of MMPose's codecs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from device_codec_cases import HEATMAPS, SIMCC, labelled_points  # noqa: E402
from mmpose.registry import KEYPOINT_CODECS  # noqa: E402

from mmlandmark.codecs.device_codec import device_codec  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402

POINTS = 1e-3  # pixels of the input
VALUES = 1e-6


def build(config: dict[str, Any]) -> Any:
    return KEYPOINT_CODECS.build(dict(config))


def drawn(codec: Any, points: np.ndarray, visible: np.ndarray) -> tuple[tuple[Tensor, ...], Tensor]:
    """Return the rows of all points and their weights (B, K)."""
    here, seen = torch.from_numpy(points), torch.from_numpy(visible)
    ours = device_codec(codec, 'test')
    weights, shown = ours.weigh(here, seen, seen)
    return ours.draw(here.flatten(0, 1), shown.flatten()), weights


def one_by_one(codec: Any, points: np.ndarray, visible: np.ndarray) -> list[dict[str, Any]]:
    with np.errstate(invalid='ignore'):
        return [codec.encode(p[None], v[None]) for p, v in zip(points, visible, strict=True)]


@pytest.mark.parametrize('kind', HEATMAPS)
@pytest.mark.parametrize('seed', range(3))
def test_maps_and_weights_are_those_of_mmpose(kind, seed):
    codec = build(HEATMAPS[kind])
    points, visible = labelled_points(codec, seed=seed)
    (maps,), weights = drawn(codec, points, visible)
    encoded = one_by_one(codec, points, visible)
    expected = np.stack([one['heatmaps'] for one in encoded])
    np.testing.assert_allclose(maps.reshape(expected.shape), expected, rtol=0, atol=VALUES)
    expected = np.concatenate([one['keypoint_weights'] for one in encoded])
    np.testing.assert_array_equal(weights, expected)
    assert maps.dtype == torch.float32 and (weights == 0).any() and (weights > 0).any()


@pytest.mark.parametrize('kind', SIMCC)
@pytest.mark.parametrize('seed', range(3))
def test_vectors_and_weights_are_those_of_mmpose(kind, seed):
    codec = build(SIMCC[kind])
    points, visible = labelled_points(codec, seed=seed)
    rows, weights = drawn(codec, points, visible)
    encoded = one_by_one(codec, points, visible)
    for row, key in zip(rows, ('keypoint_x_labels', 'keypoint_y_labels'), strict=True):
        expected = np.concatenate([one[key] for one in encoded])
        np.testing.assert_allclose(row.reshape(expected.shape), expected, rtol=0, atol=VALUES)
        assert row.dtype == torch.float32
    expected = np.concatenate([one['keypoint_weights'] for one in encoded])
    np.testing.assert_array_equal(weights, expected)
    assert (weights == 0).any() and (weights > 0).any()


@pytest.mark.parametrize('kind', ['msra', 'msra_dark', 'udp'])
def test_a_label_that_is_no_number_never_becomes_one(kind):
    codec = build(HEATMAPS[kind])
    points = np.full((1, 2, 2), np.nan, dtype=np.float32)
    points[0, 1] = 50
    (maps,), weights = drawn(codec, points, np.ones((1, 2), dtype=np.float32))
    assert weights[0, 0] == 0 or maps[0].isnan().any()
    assert weights[0, 1] == 1 and maps[1].max() > 0.8


def test_double_and_half_precision_points():
    codec = build(HEATMAPS['udp'])
    points, visible = labelled_points(codec)
    points, visible = points[:, :10].astype(np.float64), visible[:, :10]
    (maps,), _ = drawn(codec, points, visible)
    expected = np.stack([one['heatmaps'] for one in one_by_one(codec, points, visible)])
    np.testing.assert_allclose(maps.reshape(expected.shape), expected, rtol=0, atol=VALUES)
    whole = np.round(points).clip(0, 127)
    (half,), _ = drawn(codec, whole.astype(np.float16), visible)
    (single,), _ = drawn(codec, whole.astype(np.float32), visible)
    assert torch.equal(half, single)


def predicted_maps(codec: Any, seed: int) -> np.ndarray:
    """Return maps as networks predict them (B, K * M, H, W): noisy, with plateaus."""
    rng = np.random.default_rng(seed)
    points, _ = labelled_points(codec, seed=seed)
    points = np.nan_to_num(points)
    encoded = one_by_one(codec, points, np.ones(points.shape[:2], dtype=np.float32))
    maps = np.stack([one['heatmaps'] for one in encoded])
    scale = rng.choice([0.003, 0.05, 0.4, 1, 80], size=(*maps.shape[:2], 1, 1))
    noise = rng.choice([0, 0.01, 0.1], size=scale.shape) * rng.normal(size=maps.shape)
    maps = (maps + noise) * scale
    maps[:, 0, 20:24, 10:13] = maps[:, 0].max() + 1  # a plateau
    maps[:, 3] = np.round(maps[:, 3], 1)  # many ties
    return maps.astype(np.float32)


def decode_one_by_one(codec: Any, *outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    found = [codec.decode(*(part.copy() for part in one)) for one in zip(*outputs, strict=True)]
    return tuple(np.concatenate(part) for part in zip(*found, strict=True))


def assert_close_to_mmpose(points: Tensor, codec: Any, *outputs: np.ndarray) -> None:
    """Compare with MMPose's points, where these stay in place when values are rounded.

    A plateau, or a maximum that two cells share but for rounding, has no place of its own. Most
    points must have one.
    """
    rng = np.random.default_rng(0)
    expected, heights = decode_one_by_one(codec, *outputs)
    spread = np.zeros(heights.shape)
    for _ in range(6):
        rounded = [p * (1 + 3e-7 * rng.normal(size=p.shape)).astype(np.float32) for p in outputs]
        moved = np.abs(decode_one_by_one(codec, *rounded)[0] - expected).max(-1)
        spread = np.maximum(spread, np.nan_to_num(moved, nan=np.inf))
    found = heights > 0
    settled = found & (spread < POINTS / 10)
    assert found.sum() > 60 and settled.sum() > 0.6 * found.sum()
    np.testing.assert_allclose(points[settled], expected[settled], rtol=0, atol=POINTS)


def kernels(kind: str) -> list[int]:
    return [3, 5, 7, 9, 11, 17] if kind in ('msra_dark', 'udp') else [11]


CASES = [(kind, kernel) for kind in HEATMAPS for kernel in kernels(kind)]


@pytest.mark.parametrize(('kind', 'kernel'), CASES)
def test_maps_are_decoded_as_by_mmpose(kind, kernel):
    codec = build(HEATMAPS[kind] | dict(blur_kernel_size=kernel))
    maps = predicted_maps(codec, seed=kernel)
    points, scores, _ = device_codec(codec, 'test').decode(torch.from_numpy(maps))
    assert_close_to_mmpose(points, codec, maps)
    heights = decode_one_by_one(codec, maps)[1]
    np.testing.assert_allclose(scores, heights, rtol=1e-6, atol=VALUES)
    assert points.dtype == scores.dtype == torch.float32


@pytest.mark.parametrize('kind', HEATMAPS)
@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_maps_of_half_precision_are_decoded_as_their_values(kind, dtype):
    codec = build(HEATMAPS[kind])
    maps = torch.from_numpy(predicted_maps(codec, seed=1)).to(dtype)
    found = device_codec(codec, 'test').decode(maps)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        mixed = device_codec(codec, 'test').decode(maps)
    values = maps.float().numpy()
    assert_close_to_mmpose(found.points, codec, values)
    assert torch.equal(found.points, mixed.points)
    heights = decode_one_by_one(codec, values)[1]
    np.testing.assert_allclose(found.scores, heights, rtol=1e-6, atol=VALUES)


@pytest.mark.parametrize('kind', HEATMAPS)
@pytest.mark.parametrize('value', [0.0, -0.5])
def test_nothing_in_a_map(kind, value):
    codec = build(HEATMAPS[kind])
    maps = torch.from_numpy(predicted_maps(codec, seed=2))
    per_point = 3 if kind == 'udp_combined' else 1
    maps[:, per_point : 2 * per_point] = value
    alone = device_codec(codec, 'test').decode(maps)
    expected, heights = decode_one_by_one(codec, maps.numpy())
    assert (heights[:, 1] <= 0).all() and (alone.scores[:, 1] <= 0).all()
    if kind.startswith('msra'):
        np.testing.assert_allclose(alone.points[:, 1], expected[:, 1], rtol=0, atol=POINTS)
    else:  # MMPose gives NaN, or what stands in the memory before the map
        cell = -np.array(codec.input_size) / (np.array(codec.heatmap_size) - 1)
        np.testing.assert_allclose(alone.points[:, 1], np.tile(cell, (2, 1)), atol=POINTS)


@pytest.mark.parametrize('kind', ['msra_dark', 'udp', 'udp_combined'])
def test_a_map_that_is_no_number_gives_no_score(kind):
    codec = build(HEATMAPS[kind])
    maps = torch.from_numpy(predicted_maps(codec, seed=2))
    maps[0, :3, 30, 20] = torch.nan
    found = device_codec(codec, 'test').decode(maps)
    assert found.scores[0, 0].isnan() and not found.scores[1].isnan().any()


def predicted_vectors(codec: Any, seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    points, visible = labelled_points(codec, seed=seed)
    encoded = one_by_one(codec, np.nan_to_num(points), np.ones_like(visible))
    vectors = []
    for key in ('keypoint_x_labels', 'keypoint_y_labels'):
        part = np.stack([one[key] for one in encoded])  # with the dimension of instances
        part = part * rng.choice([0.1, 1, 10], size=(*part.shape[:-1], 1))
        part += rng.normal(size=part.shape) * rng.choice([0, 0.003], size=(*part.shape[:-1], 1))
        vectors.append(part.astype(np.float32))
    return vectors


@pytest.mark.parametrize('use_dark', [False, True])
@pytest.mark.parametrize('kind', SIMCC)
def test_vectors_are_decoded_as_by_mmpose(kind, use_dark):
    codec = build(SIMCC[kind] | dict(use_dark=use_dark))
    vectors = predicted_vectors(codec, seed=4)
    outputs = tuple(torch.from_numpy(part[:, 0]) for part in vectors)
    points, scores, visibility = device_codec(codec, 'test').decode(outputs)
    expected, heights = decode_one_by_one(codec, *vectors)
    assert visibility is None
    np.testing.assert_allclose(scores, heights, rtol=1e-6, atol=VALUES)
    if use_dark:
        assert_close_to_mmpose(points, codec, *vectors)
    else:
        np.testing.assert_allclose(points, expected, rtol=0, atol=POINTS)


def test_visibility_is_that_of_mmpose():
    codec = build(SIMCC['rtmpose'] | dict(decode_visibility=True))
    vectors = predicted_vectors(codec, seed=5)
    outputs = tuple(torch.from_numpy(part[:, 0]) for part in vectors)
    found = device_codec(codec, 'test').decode(outputs)
    expected = np.concatenate([codec.decode(x, y)[1][1] for x, y in zip(*vectors, strict=True)])
    np.testing.assert_allclose(found.visibility, expected, rtol=0, atol=1e-5)


def test_other_codecs_are_refused():
    codec = build(
        dict(type='MegviiHeatmap', input_size=(48, 64), heatmap_size=(12, 16), kernel_size=5)
    )
    with pytest.raises(LandmarkError, match='MegviiHeatmap.*MSRAHeatmap, UDPHeatmap, SimCCLabel'):
        device_codec(codec, 'UnionHeatmapHead')


@pytest.mark.parametrize('kernel', [1, 4])
def test_a_blur_that_has_no_middle_is_refused(kernel):
    codec = build(HEATMAPS['udp'] | dict(blur_kernel_size=kernel))
    with pytest.raises(LandmarkError, match='odd number'):
        device_codec(codec, 'test').decode(torch.ones(1, 2, 64, 48))
