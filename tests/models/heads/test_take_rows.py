"""Several selections of rows, and their one gradient."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmlandmark.models.heads.take_rows import take_rows  # noqa: E402


@pytest.mark.parametrize('dtype', [torch.float32, torch.float16, torch.float64])
def test_values_and_gradient_are_those_of_single_selections(dtype):
    rows = torch.randn(9, 2, 3).to(dtype).requires_grad_()
    indices = [torch.tensor([4, 0, 7]), torch.tensor([], dtype=torch.int64), torch.tensor([1, 3])]
    factors = [torch.randn(len(index), 2, 3).to(dtype) for index in indices]
    gradients = []
    for parts in (take_rows(rows, indices), [rows[index] for index in indices]):
        for part, index in zip(parts, indices, strict=True):
            assert torch.equal(part, rows[index])
        total = sum((part * factor).sum() for part, factor in zip(parts, factors, strict=True))
        gradients.append(torch.autograd.grad(total, rows)[0])
    assert torch.equal(*gradients)
    assert not gradients[0][[2, 5, 6, 8]].any()


def test_a_selection_that_is_not_used_has_no_gradient():
    rows = torch.randn(4, 2, requires_grad=True)
    _, used = take_rows(rows, [torch.tensor([0]), torch.tensor([2, 3])])
    used.sum().backward()
    assert rows.grad.tolist() == [[0, 0], [0, 0], [1, 1], [1, 1]]
