"""Targets of points that codecs hardly give: far away, no number, none at all."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mmlandmark.geometry.heatmap_maxima import heatmap_maximum, simcc_maximum
from mmlandmark.geometry.heatmap_targets import cut_hits, cut_profiles, offset_maps, outer
from mmlandmark.geometry.simcc_targets import gaussian_vectors, standard_vectors

SIZE = (11, 17)


def cell_by_cell(point: tuple[float, float], sigma: float) -> Tensor:
    """Return a Gaussian that is cut at three sigma, all whole cells, centred on a point."""
    nearest = [int(value + 0.5) for value in point]
    rows = torch.zeros(SIZE[1], SIZE[0], dtype=torch.float64)
    reach = round(3 * sigma)
    for row in range(SIZE[1]):
        for column in range(SIZE[0]):
            if max(abs(column - nearest[0]), abs(row - nearest[1])) <= reach:
                way = (column - point[0]) ** 2 + (row - point[1]) ** 2
                rows[row, column] = torch.tensor(-way / (2 * sigma**2)).exp()
    return rows


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.floats(0, 10, width=32), st.floats(0, 16, width=32)), st.sampled_from([1.0, 2, 5])
)
def test_a_window_may_be_larger_than_its_map(point, sigma):
    points = torch.tensor([point])
    maps = outer(*cut_profiles(points, torch.ones(1).bool(), SIZE, sigma, on_point=True))[0]
    torch.testing.assert_close(maps.double(), cell_by_cell(point, sigma), rtol=0, atol=1e-5)


@pytest.mark.parametrize('far', [1e30, -1e30, 1e6, -40.0, 60.0, torch.nan, torch.inf])
@pytest.mark.parametrize('on_point', [False, True])
def test_what_is_far_away_or_no_number_misses_the_map(far, on_point):
    points = torch.tensor([[far, 3.0], [3.0, far], [3.0, 3.0]])
    maps = outer(*cut_profiles(points, torch.ones(3).bool(), SIZE, 2.0, on_point))
    assert not maps[:2].any() and maps[2].max() == 1
    assert cut_hits(points, SIZE, 2.0).tolist() == [False, False, True]


def test_no_points_make_no_maps():
    none, drawn = torch.zeros(2, 0, 2), torch.zeros(2, 0, dtype=torch.bool)
    assert outer(*cut_profiles(none, drawn, SIZE, 2.0, True)).shape == (2, 0, 17, 11)
    assert offset_maps(none, drawn, SIZE, 0.1).shape == (2, 0, 3, 17, 11)
    assert gaussian_vectors(none[..., 0], drawn, 8, 1.0).shape == (2, 0, 8)
    assert [part.shape for part in heatmap_maximum(torch.zeros(0, 3, 4))] == [(0, 2), (0,)]


@pytest.mark.parametrize('factor', [0.05, 0.11, 0.3, 1.5])
def test_discs_of_any_radius_reach_as_far_as_their_ways(factor):
    points = torch.rand(40, 2, generator=torch.Generator().manual_seed(0)) * 24 - 4
    drawn = torch.arange(40) % 5 != 0
    disc, x, y = offset_maps(points, drawn, SIZE, factor).unbind(1)
    inside = (x.double() ** 2 + y.double() ** 2 <= 1) & drawn[:, None, None]
    assert torch.equal(disc, inside.float()) and disc.any() and not x[~drawn].any()


@pytest.mark.parametrize('draw', [lambda *a: gaussian_vectors(*a, 2.0), standard_vectors])
def test_vectors_of_bins_that_are_not_there(draw):
    bins = torch.tensor([3.0, 3.0, 1e9, -1e9, torch.nan, torch.nan])
    drawn = torch.tensor([True, False, True, True, True, False])
    vectors = draw(bins, drawn, 8)
    assert vectors[0].argmax() == 3 and not vectors[[1, 2, 3, 5]].any()
    assert vectors[4].isnan().all()
    vectors[0] = 7  # what is given away is a copy
    assert draw(bins, drawn, 8)[0].max() <= 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from([torch.float32, torch.float64]))
def test_the_first_of_equal_maxima_is_taken_and_a_nan_before_all(seed, dtype):
    maps = torch.randint(-3, 4, (6, 5, 7), generator=torch.Generator().manual_seed(seed)).to(dtype)
    maps[1, 2, 3] = maps[1, 3, 0] = torch.nan
    points, scores = heatmap_maximum(maps.clone().requires_grad_())
    values, cells = maps.flatten(1).max(dim=1)
    expected = torch.stack((cells % 7, cells // 7), dim=1).float()
    expected[values <= 0] = -1
    assert torch.equal(points, expected) and scores[1].isnan() and points[1].tolist() == [3, 2]
    bins, _ = simcc_maximum(maps.flatten(1), maps.flatten(1).half())
    assert torch.equal(bins[:, 0], bins[:, 1])
