"""The blur is OpenCV's."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mmlandmark.geometry.gaussian_blur import blur, gaussian_taps

cv2 = pytest.importorskip('cv2')


@pytest.mark.parametrize('kernel', [3, 5, 7, 9, 11, 13, 17, 35])
def test_taps_are_those_of_opencv(kernel):
    expected = cv2.getGaussianKernel(kernel, 0)[:, 0]
    np.testing.assert_allclose(gaussian_taps(kernel), expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize(('border', 'code'), [('zero', 'CONSTANT'), ('reflect', 'REFLECT_101')])
@pytest.mark.parametrize('kernel', [3, 11, 23])
def test_maps_are_blurred_as_by_opencv(border, code, kernel):
    maps = np.random.default_rng(0).normal(size=(5, 16, 12)).astype(np.float32)
    found = blur(torch.from_numpy(maps), kernel, border)
    border_type = getattr(cv2, f'BORDER_{code}')
    for one, expected in zip(found, maps, strict=True):
        expected = cv2.GaussianBlur(expected, (kernel, kernel), 0, borderType=border_type)
        np.testing.assert_allclose(one, expected, rtol=0, atol=1e-6)


def test_without_a_border_the_inside_is_left():
    vectors = torch.randn(4, 30, generator=torch.Generator().manual_seed(0))
    found = blur(vectors, 7, 'none', axes=1)
    assert torch.allclose(found, blur(vectors, 7, 'zero', axes=1)[:, 3:-3], atol=1e-7)
