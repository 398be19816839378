"""Target maps drawn at once, against the formula over all cells and all points."""

from __future__ import annotations

import math

import pytest
import torch
from device.pretended import pretended_gpu
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlandmark.errors import LandmarkError
from mmlandmark.geometry import channel_targets
from mmlandmark.geometry.channel_targets import CUT, mark_cells, render_channel_maps

SHAPE = (2, 3, 13, 21)


def dense(points, maps, shape, sigma, stride=1.0) -> torch.Tensor:
    """The maximum over Gaussians, cell by cell and point by point, in double precision."""
    batch, channels, height, width = shape
    x, y = ((torch.arange(n, dtype=torch.float64) + 0.5) * stride for n in (width, height))
    out = torch.zeros(batch * channels, height, width, dtype=torch.float64)
    sigma = [sigma] * channels if isinstance(sigma, float) else sigma
    for (px, py), k in zip(points.double().tolist(), maps.tolist(), strict=True):
        variance = (sigma[k % channels] * stride) ** 2
        gauss = torch.exp(-((x - px) ** 2 + (y[:, None] - py) ** 2) / (2 * variance))
        out[k] = torch.maximum(out[k], gauss)
    return out.view(shape)


def some_points(number: int, seed: int = 0, stride: float = 1.0) -> tuple:
    """Points in and around maps of SHAPE, and their maps."""
    rng = torch.Generator().manual_seed(seed)
    extent = torch.tensor([SHAPE[3], SHAPE[2]]) * stride
    points = (torch.rand(number, 2, generator=rng) * 1.6 - 0.3) * extent
    return points, torch.randint(0, SHAPE[0] * SHAPE[1], (number,), generator=rng)


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 40),
    st.integers(0, 1000),
    st.sampled_from([0.4, 1.0, 2.3, 6.0, 40.0]),
    st.sampled_from([1.0, 2.0, 4.0]),
)
def test_it_is_the_formula(number, seed, sigma, stride):
    points, maps = some_points(number, seed, stride)
    found = render_channel_maps(points, maps, SHAPE, sigma, stride)
    assert found.dtype == torch.float32 and found.shape == SHAPE
    expected = dense(points, maps, SHAPE, sigma, stride)
    # what is cut off, and rounding
    assert (found - expected).abs().max() < CUT + 1e-6


def test_what_is_cut_is_less_than_said_and_something_is_cut():
    points, maps = torch.tensor([[50.3, 50.7]]), torch.tensor([0])
    found = render_channel_maps(points, maps, (1, 1, 100, 100), 2.0)
    expected = dense(points, maps, (1, 1, 100, 100), 2.0)
    cut = found == 0
    assert cut.sum() > 9000 and 0 < expected[cut].max() < CUT


def test_a_sigma_for_each_channel():
    points, maps = some_points(30)
    sigma = [0.7, 2.0, 4.5]
    found = render_channel_maps(points, maps, SHAPE, sigma)
    assert (found - dense(points, maps, SHAPE, sigma)).abs().max() < CUT + 1e-6
    torch.testing.assert_close(
        found, render_channel_maps(points, maps, SHAPE, torch.tensor(sigma)), atol=1e-6, rtol=0
    )


@pytest.mark.parametrize('sigma', [0.0, -1, math.nan, [1.0, 2.0], [1.0, 2.0, 0.0]])
def test_sigmas_that_are_refused(sigma):
    with pytest.raises(LandmarkError, match='sigma is .* for each of 3 channels'):
        render_channel_maps(*some_points(4), SHAPE, sigma)


def test_a_cell_is_one_where_its_centre_is_the_point_and_nowhere_else():
    points, maps = torch.tensor([[6.0, 10.0], [13.0, 9.0]]), torch.tensor([0, 5])
    found = render_channel_maps(points, maps, SHAPE, 1.5, stride=4.0)
    assert found[0, 0, 2, 1] == 1 and (found == 1).sum() == 1
    # a quarter of a cell right of the centre and below: nearer to the right neighbour
    row = found[1, 2, 2]
    assert row.argmax() == 3 and row[2] > row[4]


def test_the_highest_of_several_counts_in_whatever_order():
    points, maps = some_points(60, seed=3)
    found = render_channel_maps(points, maps, SHAPE, 2.0)
    alone = [render_channel_maps(p[None], k[None], SHAPE, 2.0) for p, k in zip(points, maps,
             strict=True)]  # fmt: skip
    assert torch.equal(found, torch.stack(alone).amax(0))
    order = torch.randperm(60)
    assert torch.equal(found, render_channel_maps(points[order], maps[order], SHAPE, 2.0))


def test_parts_that_bound_the_memory_change_nothing(monkeypatch):
    points, maps = some_points(50)
    found = render_channel_maps(points, maps, SHAPE, [1.0, 2.0, 3.0])
    monkeypatch.setattr(channel_targets, '_CHUNK', 1)
    assert torch.equal(found, render_channel_maps(points, maps, SHAPE, [1.0, 2.0, 3.0]))


def test_no_points_and_points_far_away_leave_blank_maps():
    none = torch.zeros(0, 2), torch.zeros(0, dtype=torch.int64)
    assert not render_channel_maps(*none, SHAPE, 2.0).any()
    assert not mark_cells(*none, SHAPE).any()
    far = torch.tensor([[1e30, 3.0], [-1e6, 3.0], [3.0, 1e9], [3.0, -1e4]])
    maps = torch.tensor([0, 1, 2, 3])
    assert not render_channel_maps(far, maps, SHAPE, 2.0).any()
    assert not mark_cells(far, maps, SHAPE).any()


def test_what_is_no_number_shows_in_its_map_and_no_other():
    points = torch.tensor([[math.nan, 3.0], [4.0, 4.0]])
    found = render_channel_maps(points, torch.tensor([1, 4]), SHAPE, 2.0)
    assert found[0, 1].isnan().any()
    assert found.isnan().flatten(2).any(-1).sum() == 1 and found[1, 1].max() > 0.8


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16, torch.float64])
def test_other_types_and_autocast_give_single_precision(dtype):
    # halves are exact in all of them
    points, maps = torch.tensor([[3.5, 4.5], [9.5, 2.0]]), torch.tensor([0, 2])
    expected = render_channel_maps(points, maps, SHAPE, 2.0)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        found = render_channel_maps(points.to(dtype), maps, SHAPE, 2.0)
    assert found.dtype == torch.float32 and torch.equal(found, expected)


def test_cells_that_hold_a_point():
    points = torch.tensor([[0.0, 0.0], [83.9, 51.9], [4.0, 3.9], [84.0, 3.0], [-0.1, 3.0]])
    maps = torch.tensor([0, 5, 2, 1, 1])
    found = mark_cells(points, maps, SHAPE, stride=4.0)
    assert found.nonzero().tolist() == [[0, 0, 0, 0], [0, 2, 0, 1], [1, 2, 12, 20]]


def test_cells_of_many_maps_are_told_apart_beyond_what_float32_counts():
    shape = (1, 1, 5000, 5000)
    found = mark_cells(torch.tensor([[4321.5, 4999.5]]), torch.tensor([0]), shape)
    assert found.nonzero().tolist() == [[0, 0, 4999, 4321]]


def test_nothing_waits_for_the_device_or_leaves_it():
    points = torch.rand(30, 2, generator=torch.Generator().manual_seed(0)) * 60
    maps = torch.arange(30) % 6
    arguments = SHAPE, [1.0, 2.0, 3.0], 4.0
    expected = render_channel_maps(points, maps, *arguments), mark_cells(points, maps, SHAPE, 4.0)
    with pretended_gpu() as gpu:
        points, maps = points.to('cuda'), maps.to('cuda')
        gpu.waits.clear()
        drawn = render_channel_maps(points, maps, *arguments)
        marked = mark_cells(points, maps, SHAPE, 4.0)
        assert drawn.is_cuda and marked.is_cuda and not gpu.waits
        assert torch.equal(drawn.cpu(), expected[0]) and torch.equal(marked.cpu(), expected[1])
