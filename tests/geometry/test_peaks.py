"""Peaks of heatmaps: against scikit-image, and on maps made by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlandmark.errors import LandmarkError
from mmlandmark.geometry.peaks import Peaks, find_peaks


def bump(x: float, y: float, shape: tuple[int, int] = (20, 24), sigma: float = 2.0) -> torch.Tensor:
    """A Gaussian at a point measured from the corner of the map."""
    rows = torch.exp(-((torch.arange(shape[0]) + 0.5 - y) ** 2) / (2 * sigma**2))
    columns = torch.exp(-((torch.arange(shape[1]) + 0.5 - x) ** 2) / (2 * sigma**2))
    return rows[:, None] * columns


def of_one(cells: list[list[float]] | torch.Tensor, **options: object) -> Peaks:
    """Peaks of one map."""
    return find_peaks(torch.as_tensor(cells, dtype=torch.float32)[None, None], **options)


def cells_of(peaks: Peaks) -> set[tuple[int, ...]]:
    """The cells of peaks as (image, channel, row, column)."""
    x, y = peaks.points.floor().long().unbind(1)
    return set(zip(*(v.tolist() for v in (peaks.batch, peaks.channel, y, x)), strict=True))


@pytest.mark.parametrize('top_k', [None, 5])
@pytest.mark.parametrize('min_distance', [1, 2, 4])
def test_the_same_peaks_as_scikit_image(min_distance, top_k) -> None:
    feature = pytest.importorskip('skimage.feature')
    # an odd width, one block of 64 and one of 8
    for width in (37, 64, 40):
        maps = torch.rand(2, 3, 30, width, generator=torch.Generator().manual_seed(width))
        peaks = find_peaks(maps, 0.4, min_distance=min_distance, top_k=top_k, refine=False)
        for image in range(2):
            for channel in range(3):
                expected = feature.peak_local_max(
                    maps[image, channel].numpy(),
                    min_distance=min_distance,
                    threshold_abs=0.4,
                    num_peaks=top_k or np.inf,
                    exclude_border=False,
                )
                one = (peaks.batch == image) & (peaks.channel == channel)
                got = peaks.points[one].flip(1).numpy() - 0.5
                # in the same order: by falling score
                np.testing.assert_array_equal(got, expected)
                rows, columns = expected.T
                np.testing.assert_array_equal(
                    peaks.scores[one].numpy(), maps[image, channel].numpy()[rows, columns]
                )
        assert len(peaks.points) > 20


def test_refinement_is_exact_for_gaussians_and_mirrors_with_the_map() -> None:
    points = torch.tensor([[5.3, 7.8], [18.0, 12.45], [12.0, 3.0]])
    maps = torch.stack([bump(*point) for point in points.tolist()]).amax(0)[None, None]
    peaks = find_peaks(maps, top_k=None)
    order = peaks.points[:, 0].argsort()
    torch.testing.assert_close(
        peaks.points[order], points[points[:, 0].argsort()], atol=1e-4, rtol=0
    )
    mirrored = find_peaks(maps.flip(3), top_k=None)
    back = torch.stack([24 - mirrored.points[:, 0], mirrored.points[:, 1]], 1)
    torch.testing.assert_close(back[back[:, 0].argsort()], peaks.points[order], atol=1e-4, rtol=0)
    coarse = find_peaks(maps, top_k=None, refine=False).points
    assert ((coarse - coarse.floor()) == 0.5).all()
    assert (coarse - peaks.points).abs().max() <= 0.5


def test_where_a_logarithm_is_not_there_the_values_make_the_parabola() -> None:
    # 0, 4, 2: vertex of the parabola through three values
    (point,) = of_one([[0.0, 0, 0, 0], [0, 0, 4, 2], [0, 0, 0, 0]]).points.tolist()
    assert point == pytest.approx([2.5 + (2 - 0) / (2 * (8 - 2)), 1.5])
    (below,) = of_one([[-5.0, -4, -1, -3]], threshold=-2.0).points.tolist()
    assert below == pytest.approx([2.5 + (-3 + 4) / (2 * (-2 + 7)), 0.5])


@pytest.mark.parametrize('corner', [(0, 0), (0, 23), (19, 0), (19, 23), (7, 0), (19, 11)])
def test_peaks_on_the_border_are_found(corner) -> None:
    cells = torch.zeros(20, 24)
    cells[corner] = 0.9
    peaks = of_one(cells)
    assert cells_of(peaks) == {(0, 0, *corner)} and peaks.scores.tolist() == pytest.approx([0.9])
    assert peaks.points.tolist() == [[corner[1] + 0.5, corner[0] + 0.5]]


@pytest.mark.parametrize('shape', [(3, 3), (4, 4), (1, 6), (2, 1), (5, 2)])
def test_a_plateau_is_one_peak_in_its_middle(shape) -> None:
    cells = torch.zeros(12, 15)
    height, width = shape
    cells[3 : 3 + height, 4 : 4 + width] = 1.0
    peaks = of_one(cells)
    assert peaks.points.tolist() == [[4 + width / 2, 3 + height / 2]]
    (cell,) = cells_of(of_one(cells, refine=False))
    assert cells[cell[2:]] == 1 and peaks.scores.tolist() == [1.0]


def test_a_plateau_of_any_form_is_one_peak_on_it() -> None:
    ring = [[1.0, 1, 1, 1], [1, 0, 0, 1], [1, 0, 0, 1], [1, 1, 1, 1]]
    snake = [[1.0, 0, 1, 1, 1], [1, 0, 1, 0, 1], [1, 1, 1, 0, 1]]
    for form in (ring, snake):
        cells = torch.as_tensor(form)
        (cell,) = cells_of(of_one(cells, refine=False))
        assert cells[cell[2:]] == 1
        # refined it stays in that cell, its sides included
        (moved,) = of_one(cells).points
        assert (moved - torch.tensor([cell[3] + 0.5, cell[2] + 0.5])).abs().max() <= 0.5
    # the diagonal connects, and nothing connects across the sides of the map or to the next map
    assert len(of_one([[1.0, 0, 0], [0, 1, 0], [0, 0, 1]]).points) == 1
    assert len(of_one([[0.0, 0, 1], [1, 0, 0], [0, 0, 0]]).points) == 2
    maps = torch.zeros(1, 2, 2, 3)
    maps[0, 0, 1, 2] = maps[0, 1, 0, 0] = 1.0
    assert len(find_peaks(maps).points) == 2


def test_a_shoulder_is_no_peak_however_wide() -> None:
    assert of_one([[1.0, 1, 1, 1, 1, 1, 2, 0, 1]]).scores.tolist() == [2.0, 1.0]
    assert cells_of(of_one([[1.0, 1, 1, 1, 1, 1, 2, 0, 0]])) == {(0, 0, 0, 6)}


def test_flat_maps() -> None:
    maps = torch.tensor([0.0, 0.1, 0.7])[None, :, None, None].expand(1, 3, 5, 9)
    peaks = find_peaks(maps)
    assert peaks.channel.tolist() == [2] and peaks.points.tolist() == [[4.5, 2.5]]
    assert len(find_peaks(torch.zeros(2, 3, 4, 4)).scores) == 0
    assert find_peaks(torch.zeros(0, 3, 4, 4)).points.shape == (0, 2)
    assert find_peaks(torch.zeros(2, 3, 0, 4)).points.shape == (0, 2)


def test_thresholds_absolute_relative_and_per_channel() -> None:
    maps = torch.zeros(2, 2, 8, 8)
    maps[0, 0, 1, 1], maps[0, 0, 5, 5], maps[0, 1, 2, 2], maps[1, 1, 3, 3] = 0.8, 0.3, 0.3, 0.04
    assert len(find_peaks(maps).scores) == 3
    assert cells_of(find_peaks(maps, [0.5, 0.2])) == {(0, 0, 1, 1), (0, 1, 2, 2)}
    # a share of each map's own highest value; the empty map has none
    shares = find_peaks(maps, 0.5, relative=True)
    assert cells_of(shares) == {(0, 0, 1, 1), (0, 1, 2, 2), (1, 1, 3, 3)}
    assert len(find_peaks(maps, [0.2, 0.99], relative=True).scores) == 4
    assert len(find_peaks(maps - 5, 0.5, relative=True).scores) == 0
    assert not len(find_peaks(maps, float(maps.max())).scores), 'above, not at, the threshold'


def test_the_highest_of_each_map_in_order() -> None:
    maps = torch.rand(3, 2, 20, 20, generator=torch.Generator().manual_seed(0))
    everything, some = find_peaks(maps, top_k=None), find_peaks(maps, top_k=4)
    groups = everything.batch * 2 + everything.channel
    assert (groups.diff() >= 0).all() and (some.batch * 2 + some.channel).bincount().tolist() == [
        4
    ] * 6
    for group in range(6):
        of_all, of_some = (
            everything.scores[groups == group],
            some.scores[some.batch * 2 + some.channel == group],
        )
        assert (of_all.diff() <= 0).all() and torch.equal(of_all[:4], of_some)


def test_peaks_of_equal_value_keep_their_distance() -> None:
    row = torch.zeros(5, 13)
    row[2, ::2] = 1.0
    assert len(of_one(row).scores) == 7
    peaks = of_one(row, min_distance=2)
    assert peaks.points[:, 0].tolist() == [0.5, 4.5, 8.5, 12.5]
    # one that is within reach of a higher one makes no room for a third
    assert cells_of(of_one([[3.0, 0, 2, 0, 1.0, 0]], min_distance=2)) == {(0, 0, 0, 0)}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 3), st.integers(2, 5))
def test_against_a_slow_search_on_maps_full_of_ties(seed, min_distance, levels) -> None:
    cells = torch.randint(levels, (9, 11), generator=torch.Generator().manual_seed(seed)).float()
    options = {'threshold': 0.5, 'min_distance': min_distance, 'top_k': None, 'refine': False}
    got = cells_of(of_one(cells, **options))
    got = {cell[2:] for cell in got}
    tops = slow_plateaus(cells.numpy(), min_distance)
    # each peak stands on a plateau that is one, on no two alike, and apart from all others
    homes = [next((i for i, top in enumerate(tops) if cell in top), None) for cell in got]
    assert None not in homes and len(set(homes)) == len(homes)
    for one in got:
        for other in got - {one}:
            assert max(abs(one[0] - other[0]), abs(one[1] - other[1])) > min_distance
    if min_distance == 1:
        assert len(homes) == len(tops)


def slow_plateaus(cells: np.ndarray, reach: int) -> list[set[tuple[int, int]]]:
    """Plateaus above zero whose windows hold nothing higher, by flooding from every cell."""
    todo, found = {tuple(c) for c in np.argwhere(cells > 0).tolist()}, []
    while todo:
        plateau, edge = set(), [todo.pop()]
        while edge:
            row, column = edge.pop()
            plateau.add((row, column))
            near = [(row + i, column + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
            more = [c for c in near if c in todo and cells[c] == cells[row, column]]
            todo -= set(more)
            edge += more
        windows = [
            cells[max(r - reach, 0) : r + reach + 1, max(c - reach, 0) : c + reach + 1].max()
            for r, c in plateau
        ]
        if max(windows) == cells[next(iter(plateau))]:
            found.append(plateau)
    return found


def test_cells_outside_the_mask_neither_are_peaks_nor_hide_any() -> None:
    maps = torch.zeros(2, 1, 6, 8)
    maps[:, 0, 2, 4:] = torch.tensor([0.5, 0.9, torch.nan, 3.0])
    mask = torch.zeros(2, 6, 8, dtype=torch.bool)
    mask[0, :, :5] = mask[1, :, :6] = True
    peaks = find_peaks(maps, mask=mask)
    assert cells_of(peaks) == {(0, 0, 2, 4), (1, 0, 2, 5)}
    assert peaks.points.tolist() == [[4.5, 2.5], [5.5, 2.5]], 'no refinement across the border'
    assert len(find_peaks(maps, 0.5, relative=True, mask=torch.zeros_like(mask)).scores) == 0


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16, torch.float64])
def test_other_types(dtype) -> None:
    peaks = find_peaks(bump(5.3, 7.8).to(dtype)[None, None])
    assert peaks.points.dtype == (torch.float64 if dtype == torch.float64 else torch.float32)
    assert peaks.points.dtype == peaks.scores.dtype and len(peaks.scores) == 1
    torch.testing.assert_close(peaks.points.float(), torch.tensor([[5.3, 7.8]]), atol=0.06, rtol=0)


def test_maps_of_any_layout() -> None:
    maps = torch.stack([bump(5.3, 7.8), bump(9.0, 2.2)])[None].repeat(3, 1, 1, 1)
    expected = find_peaks(maps)
    for layout in (maps.to(memory_format=torch.channels_last), maps.mT.contiguous().mT):
        assert not layout.is_contiguous()
        for one, other in zip(find_peaks(layout), expected, strict=True):
            assert torch.equal(one, other)


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'maps': torch.full((2, 3, 4, 4), torch.nan)}, 'channel 0 of image 0 .* nan'),
        ({'maps': torch.full((2, 3, 4, 4), torch.inf)}, 'holds inf'),
        ({'maps': torch.zeros(3, 4, 4)}, 'expected floats, B C h w'),
        ({'maps': torch.zeros(2, 3, 4, 4, dtype=torch.int64)}, 'int64'),
        ({'threshold': [0.1, 0.2]}, '2 thresholds for 3 channels'),
        ({'threshold': float('nan')}, 'threshold is nan'),
        ({'threshold': [0.1, float('nan'), 0.1]}, r'threshold is \[0.1, nan'),
        ({'min_distance': 0}, 'at least 1 cell'),
        ({'min_distance': 2.5}, 'min_distance is 2.5: expected at least 1 cell, whole'),
        ({'top_k': 2.5}, 'top_k is 2.5'),
        ({'top_k': 0}, 'None for all'),
        ({'mask': torch.ones(2, 4, 5, dtype=torch.bool)}, r'expected bool \(2, 4, 4\)'),
    ],
)
def test_what_does_not_fit_is_refused(change, message) -> None:
    with pytest.raises(LandmarkError, match=message):
        find_peaks(**{'maps': torch.zeros(2, 3, 4, 4)} | change)


def test_one_nan_in_one_map_is_named() -> None:
    maps = torch.zeros(2, 3, 4, 4)
    maps[1, 2, 3, 3] = torch.nan
    with pytest.raises(LandmarkError, match='channel 2 of image 1'):
        find_peaks(maps)


def test_nothing_is_copied_before_peaks_are_found() -> None:
    """Peaks stay where the maps are: nothing here needs their values on the CPU."""
    maps = bump(5.3, 7.8)[None, None].requires_grad_()
    peaks = find_peaks(maps)
    assert not peaks.points.requires_grad and peaks.cpu().points.device.type == 'cpu'
