"""Sigmoid focal loss against its definition, and its gradient against autograd."""

import pytest
import torch
from mmcv.ops import sigmoid_focal_loss


def by_definition(logits, target, gamma, alpha, weight=None):
    p = logits.sigmoid()
    positive = torch.zeros_like(p)
    for row, label in enumerate(target.tolist()):
        if label < p.shape[1]:
            positive[row, label] = 1
    loss = -positive * alpha * (1 - p) ** gamma * p.log()
    loss = loss - (1 - positive) * (1 - alpha) * p**gamma * (1 - p).log()
    if weight is not None:
        factor = torch.stack(
            [weight[t] if t < len(weight) else weight.new_tensor(1) for t in target]
        )
        loss = loss * factor[:, None]
    return loss


@pytest.mark.parametrize('weighted', [False, True])
@pytest.mark.parametrize('reduction', ['mean', 'sum'])
def test_loss_and_gradient(weighted, reduction):
    torch.manual_seed(0)
    logits = torch.randn(6, 4, dtype=torch.float64)
    target = torch.tensor([0, 1, 2, 3, 4, 4])  # 4 is background
    weight = torch.rand(4, dtype=torch.float64) if weighted else None
    ours, theirs = (logits.clone().requires_grad_() for _ in range(2))
    out = sigmoid_focal_loss(ours, target, 1.5, 0.3, weight, reduction)
    expected = by_definition(theirs, target, 1.5, 0.3, weight).sum()
    expected = expected / len(target) if reduction == 'mean' else expected
    torch.testing.assert_close(out, expected)
    out.backward()
    expected.backward()
    torch.testing.assert_close(ours.grad, theirs.grad)


def test_extreme_logits_stay_finite():
    logits = torch.tensor([[80.0, -80.0]], requires_grad=True)
    loss = sigmoid_focal_loss(logits, torch.tensor([1]), 2.0, 0.25, None, 'sum')
    loss.backward()
    assert torch.isfinite(loss) and torch.isfinite(logits.grad).all()
