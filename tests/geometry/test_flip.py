"""Mirroring: an involution, the same in numpy and torch, with gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlandmark.geometry import flip_points, flip_visible
from mmlandmark.schemas import get_schema, list_schemas


@pytest.mark.parametrize('name', list_schemas())
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_twice_is_exactly_nothing(name: str, seed: int) -> None:
    flip = get_schema(name).flip_indices
    generator = np.random.default_rng(seed)
    points = generator.normal(0, 100, (3, len(flip), 2))
    visible = generator.integers(0, 3, (3, len(flip)))
    np.testing.assert_array_equal(flip_points(flip_points(points, flip), flip), points)
    np.testing.assert_array_equal(flip_visible(flip_visible(visible, flip), flip), visible)
    twice = flip_points(flip_points(torch.from_numpy(points), flip), flip)
    assert torch.equal(twice, torch.from_numpy(points))


def test_left_becomes_right_and_x_is_mirrored() -> None:
    points = np.array([[[1.0, 2], [3, 4], [5, 6]]], dtype=np.float32)
    got = flip_points(points, [0, 2, 1], width=10)
    assert got.tolist() == [[[8, 2], [4, 6], [6, 4]]] and got.dtype == np.float32
    assert flip_visible(np.array([[0, 1, 2]]), [0, 2, 1]).tolist() == [[0, 2, 1]]
    assert points[0, 0, 0] == 1.0


def test_width_may_differ_per_entry_and_depth_is_kept() -> None:
    points = np.array([[[1.0, 2, 7]], [[1, 2, 7]]])
    got = flip_points(points, [0], width=np.array([10, 20]))
    assert got.tolist() == [[[8, 2, 7]], [[18, 2, 7]]]


@pytest.mark.parametrize('width', [None, 64, [64, 32]])
def test_torch_does_as_numpy_does(width) -> None:
    flip = get_schema('face68').flip_indices
    points = np.random.default_rng(0).normal(0, 50, (2, 68, 2)).astype(np.float32)
    got = flip_points(torch.from_numpy(points), flip, width)
    assert got.dtype == torch.float32
    np.testing.assert_array_equal(got.numpy(), flip_points(points, flip, width))
    visible = torch.arange(68).repeat(2, 1)
    np.testing.assert_array_equal(
        flip_visible(visible, flip).numpy(), flip_visible(visible.numpy(), flip)
    )


def test_gradients_pass() -> None:
    points = torch.randn(2, 3, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda p: flip_points(p, [0, 2, 1], width=9), points)
