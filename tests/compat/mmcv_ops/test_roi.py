"""Region pooling through mmcv's autograd functions, against torchvision's own."""

import pytest
import torch
import torchvision
from mmcv.ops import roi_align, roi_pool


@pytest.fixture
def inputs():
    generator = torch.Generator().manual_seed(0)
    features = torch.rand(2, 3, 12, 12, generator=generator, dtype=torch.float64)
    rois = torch.tensor([[0, 1.0, 2, 30, 28], [1, 5, 5, 40, 45], [1, 0, 0, 3, 3]]).double()
    return features, rois


@pytest.mark.parametrize('aligned', [True, False])
@pytest.mark.parametrize('sampling_ratio', [0, 2])
def test_roi_align_and_its_gradient_equal_torchvision(inputs, aligned, sampling_ratio):
    features, rois = inputs
    ours, theirs = (features.clone().requires_grad_() for _ in range(2))
    out = roi_align(ours, rois, (4, 3), 0.25, sampling_ratio, 'avg', aligned)
    expected = torchvision.ops.roi_align(
        theirs, rois, (4, 3), 0.25, sampling_ratio or -1, aligned=aligned
    )
    torch.testing.assert_close(out, expected, rtol=0, atol=0)
    weight = torch.rand_like(out)
    (out * weight).sum().backward()
    (expected * weight).sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=0, atol=0)


def test_roi_pool_and_its_gradient_equal_torchvision(inputs):
    features, rois = (x.float() for x in inputs)
    ours, theirs = (features.clone().requires_grad_() for _ in range(2))
    out, expected = (
        roi_pool(ours, rois, (4, 3), 0.25),
        torchvision.ops.roi_pool(theirs, rois, (4, 3), 0.25),
    )
    assert torch.equal(out, expected)
    out.square().sum().backward()
    expected.square().sum().backward()
    assert torch.equal(ours.grad, theirs.grad)


def test_max_mode_is_refused_by_name(inputs):
    features, rois = inputs
    with pytest.raises(NotImplementedError, match="pool_mode='max'"):
        roi_align(features, rois, (2, 2), 1.0, 0, 'max', True)
