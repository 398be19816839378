"""Accuracy on the device is that of MMPose on arrays."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.codecs.utils import get_heatmap_maximum, get_simcc_maximum  # noqa: E402
from mmpose.evaluation.functional import pose_pck_accuracy, simcc_pck_accuracy  # noqa: E402

from mmlandmark.models.heads.accuracy import map_peaks, row_accuracy, vector_peaks  # noqa: E402

SEEDS = st.integers(0, 2**31)


def near(rng: np.random.Generator, target: np.ndarray) -> np.ndarray:
    """Return targets of which some have their peak elsewhere; many peaks are close to 0.05."""
    noise = rng.normal(size=target.shape).astype(np.float32)
    return (
        target * 2
        + noise * (rng.uniform(size=target.shape[:2]) < 0.5)[(..., *([None] * (target.ndim - 2)))]
    )


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.sampled_from([(16, 12), (64, 48), (20, 20)]))
def test_maps(seed, size):
    rng = np.random.default_rng(seed)
    target = rng.uniform(-0.5, 1, (5, 7, *size)).astype(np.float32)
    pred = near(rng, target)
    pred[0, 0] = target[1, 1] = -1  # nowhere above zero
    mask = rng.uniform(size=(5, 7)) < 0.5
    mask[:, 3] = False
    rows = torch.from_numpy(mask).flatten()
    expected = pose_pck_accuracy(pred, target, mask)[1]
    maps = [(torch.from_numpy(a).flatten(0, 1)[rows, None],) for a in (pred, target)]
    found = row_accuracy(*maps, torch.arange(7).repeat(5)[rows], 7)
    assert float(found) == pytest.approx(expected, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.sampled_from([1.0, 2.0, 3.0]))
def test_simcc_vectors(seed, ratio):
    rng = np.random.default_rng(seed)
    target = [rng.uniform(0, 1, (4, 6, size)).astype(np.float32) for size in (96, 128)]
    pred = [near(rng, part) for part in target]
    pred[1][2, 2] = -1
    mask = rng.uniform(size=(4, 6)) < 0.6
    rows = torch.from_numpy(mask).flatten()
    expected = simcc_pck_accuracy(pred, target, ratio, mask)[1]
    pair = [tuple(torch.from_numpy(a).flatten(0, 1)[rows, None] for a in p) for p in (pred, target)]
    found = row_accuracy(*pair, torch.arange(6).repeat(4)[rows], 6, ratio)
    assert float(found) == pytest.approx(expected, abs=1e-6)


def test_peaks_are_those_of_mmpose_also_in_a_tie():
    maps = torch.randint(-1, 2, (40, 5, 4)).float()
    np.testing.assert_array_equal(map_peaks(maps).numpy(), get_heatmap_maximum(maps.numpy())[0])
    x, y = torch.randint(-1, 2, (40, 5)).float(), torch.randint(-1, 2, (40, 7)).float()
    expected = get_simcc_maximum(x.numpy(), y.numpy())[0]
    np.testing.assert_array_equal(vector_peaks(x, y).numpy(), expected)


def test_there_is_none_without_a_label_or_with_several_maps_per_keypoint():
    none = torch.zeros(0, 1, 4, 4)
    assert row_accuracy((none,), (none,), torch.zeros(0, dtype=torch.int64), 3) is None
    combined = torch.rand(2, 3, 4, 4)
    assert row_accuracy((combined,), (combined,), torch.arange(2), 3) is None


def test_half_precision_counts_exactly():
    rows = torch.rand(5000, 1, 4, 4).half()
    assert float(row_accuracy((rows,), (rows,), torch.zeros(5000, dtype=torch.int64), 1)) == 1
