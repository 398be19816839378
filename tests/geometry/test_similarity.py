"""Similarity transforms of keypoints."""

from __future__ import annotations

import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlandmark.geometry import flip_points, similarity_transform


def test_a_quarter_turn_about_a_point() -> None:
    points = torch.tensor([[[2.0, 1.0], [1.0, 1.0]]])
    got = similarity_transform(
        points, math.pi / 2, 3.0, torch.tensor([10.0, 0.0]), torch.tensor([1.0, 1.0])
    )
    torch.testing.assert_close(got, torch.tensor([[[11.0, 4.0], [11.0, 1.0]]]))
    assert torch.equal(similarity_transform(points), points)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31))
def test_it_can_be_undone_and_scales_every_distance(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    points = torch.randn(5, 4, 2, dtype=torch.float64, generator=generator)
    angle, scale = torch.rand(2, 5, dtype=torch.float64, generator=generator) + 0.5
    shift, center = torch.randn(2, 5, 2, dtype=torch.float64, generator=generator)
    moved = similarity_transform(points, angle, scale, shift, center)
    back = similarity_transform(moved, -angle, 1 / scale, -shift, center + shift)
    torch.testing.assert_close(back, points)
    expected = torch.cdist(points, points) * scale[:, None, None]
    torch.testing.assert_close(torch.cdist(moved, moved), expected)
    # the mirror image turns the other way
    mirrored = similarity_transform(flip_points(points, range(4)), -angle, scale)
    torch.testing.assert_close(
        mirrored, flip_points(similarity_transform(points, angle, scale), range(4))
    )


def test_gradients_reach_every_argument() -> None:
    torch.manual_seed(0)
    arguments = [torch.randn(2, 3, 2), torch.randn(2), torch.rand(2) + 1]
    arguments += [torch.randn(2, 2), torch.randn(2, 2)]
    arguments = [a.double().requires_grad_() for a in arguments]
    assert torch.autograd.gradcheck(similarity_transform, arguments)
