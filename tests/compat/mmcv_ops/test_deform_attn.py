"""Deformable attention against bilinear sampling written out, and gradcheck."""

import pytest
import torch
from mmcv.ops.multi_scale_deform_attn import MultiScaleDeformableAttnFunction


@pytest.fixture
def inputs():
    torch.manual_seed(0)
    shapes = torch.tensor([[4, 3], [2, 2]])
    keys, heads, channels, queries, points = 16, 2, 3, 2, 2
    value = torch.randn(1, keys, heads, channels, dtype=torch.float64)
    where = torch.rand(1, queries, heads, 2, points, 2, dtype=torch.float64) * 0.6 + 0.21
    weight = torch.rand(1, queries, heads, 2, points, dtype=torch.float64)
    return value, shapes, torch.tensor([0, 12]), where, weight


def bilinear(grid, x, y):
    """grid (H, W, C), x and y in [0, 1], pixel centres at half steps, zero outside."""
    height, width, _ = grid.shape
    col, row = x * width - 0.5, y * height - 0.5
    total = torch.zeros_like(grid[0, 0])
    for r in (int(row // 1), int(row // 1) + 1):
        for c in (int(col // 1), int(col // 1) + 1):
            if 0 <= r < height and 0 <= c < width:
                total = total + grid[r, c] * (1 - abs(row - r)) * (1 - abs(col - c))
    return total


def test_forward_equals_the_definition(inputs):
    value, shapes, start, where, weight = inputs
    out = MultiScaleDeformableAttnFunction.apply(*inputs, 64)
    expected = torch.zeros(1, 2, 2, 3, dtype=torch.float64)
    for query in range(2):
        for head in range(2):
            for level, (height, width) in enumerate(shapes.tolist()):
                first = int(start[level])
                grid = value[0, first : first + height * width, head].reshape(height, width, -1)
                for point in range(2):
                    x, y = where[0, query, head, level, point]
                    expected[0, query, head] += weight[0, query, head, level, point] * bilinear(
                        grid, x, y
                    )
    torch.testing.assert_close(out, expected.reshape(1, 2, 6))


def test_gradients(inputs):
    value, shapes, start, where, weight = inputs
    leaves = [t.clone().requires_grad_() for t in (value, where, weight)]
    assert torch.autograd.gradcheck(
        lambda v, x, w: MultiScaleDeformableAttnFunction.apply(v, shapes, start, x, w, 64), leaves
    )
