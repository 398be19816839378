"""Strides read from sizes, and resizes that leave what is where it is."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.models.heads.map_resolution import (  # noqa: E402
    check_resize,
    enlarge_maps,
    feature_stride,
    map_size,
    map_stride,
    pool_features,
)


@pytest.mark.parametrize('stride', [1, 2, 4, 8, 16, 32])
def test_the_stride_is_read_from_sizes_that_divide(stride):
    for shape in ((64, 128), (192, 32)):
        assert feature_stride(shape, map_size(shape, stride), 'X') == stride
    for shape in ((61, 47), (33, 200)):
        assert feature_stride(shape, map_size(shape, stride), 'X', told=stride) == stride


@pytest.mark.parametrize(
    ('shape', 'size', 'told', 'words'),
    [
        # by a network of stride 16 that rounds down: 32 would fit, and would be wrong
        ((47, 47), (2, 2), None, 'are 2x2 .*or in_stride in the head; pad_size_divisor'),
        ((61, 47), (16, 12), None, 'are 16x12'),
        ((224, 224), (16, 16), None, 'are 16x16 .*a power of two'),
        ((64, 64), (16, 8), None, 'are 16x8'),
        ((64, 64), (65, 65), None, 'are 65x65'),
        ((61, 47), (16, 12), 8, 'are 16x12 .*expected 8x6 for in_stride=8'),
    ],
)
def test_sizes_of_no_clear_stride(shape, size, told, words):
    with pytest.raises(LandmarkError, match=words):
        feature_stride(shape, size, 'X', told)


def test_resolutions():
    assert [map_stride(r, 'X') for r in (1, 1.0, 0.5, 0.25, 1 / 3)] == [1, 1, 2, 4, 3]
    for wrong in (0, 2, 0.3, -1, float('nan')):
        with pytest.raises(LandmarkError, match='X: resolution is .* expected 1, 0.5'):
            map_stride(wrong, 'X')


def test_resizes_that_are_impossible():
    for stride, deconvs, target in ((4, 0, 1), (4, 2, 4), (32, 3, 1), (14, 1, 1), (2, 0, 6)):
        check_resize(stride, deconvs, target, 'X')
    for stride, deconvs, target in ((1, 1, 1), (14, 2, 1), (14, 0, 4), (3, 0, 2)):
        with pytest.raises(LandmarkError, match=f'X: features of stride {stride}'):
            check_resize(stride, deconvs, target, 'X')


@pytest.mark.parametrize('target', [1, 2, 4])
def test_enlarging_leaves_a_slope_where_it_is(target):
    # a map of its cells' own coordinates says where each comes from
    centres = (torch.arange(12) + 0.5) * 4
    maps = torch.stack(torch.meshgrid(centres, centres, indexing='ij'))[None]
    found = enlarge_maps(maps, 4, target, map_size((45, 41), target))
    assert found.shape[-2:] == map_size((45, 41), target)
    rows, columns = ((torch.arange(n) + 0.5) * target for n in found.shape[-2:])
    inner = slice(4 // target, 36 // target)
    torch.testing.assert_close(found[0, 0, inner, 3], rows[inner])
    torch.testing.assert_close(found[0, 1, 3, inner], columns[inner])


def test_pooling_is_the_mean_of_the_cells_that_there_are():
    features = torch.arange(15.0).view(1, 1, 3, 5)
    found = pool_features(features, 2, 4)
    torch.testing.assert_close(found, torch.tensor([[[[3, 5, 6.5], [10.5, 12.5, 14]]]]))
    assert pool_features(features, 4, 4) is features and pool_features(features, 8, 4) is features
